"""Hypothesis strategies for the facts: every field of a notice, in what publishers may write and beyond."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.notices import (
    Award,
    Buyer,
    Change,
    ContractTerm,
    Criterion,
    Deadline,
    DeadlineKind,
    Form,
    Lot,
    Money,
    Notice,
    Organisation,
    Publication,
    TenderingParty,
    Text,
    Weight,
)

words = st.text(max_size=20)
languages = st.sampled_from(["FRA", "NLD", "DEU", "ENG"])
texts = st.lists(st.builds(Text, words, st.none() | languages, st.booleans()), max_size=2).map(tuple)
cpvs = st.lists(st.from_regex(r"[0-9]{8}", fullmatch=True).map(Cpv), max_size=3).map(tuple)
nuts = st.sampled_from(["BE", "BE323", "BE100", "FRE11", "LU000", "BEZZZ"]).map(Nuts)
places = st.lists(nuts, max_size=2).map(tuple)
countries = st.sampled_from(["BEL", "FRA", "LUX", "DEU"])
amounts = st.decimals(allow_nan=False, allow_infinity=False) | st.decimals(min_value=0, max_value=10**9, places=2)
money = st.none() | st.builds(Money, amounts, st.sampled_from(["EUR", "CHF"]))
days = st.dates(date(2015, 1, 1), date(2027, 12, 31))
instants = st.datetimes(datetime(2015, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def deadlines(draw: st.DrawFn) -> Deadline:
    """A deadline in an offset as written or in a named zone; every instant exists in its zone."""
    at = draw(instants)
    if draw(st.booleans()):
        name = draw(st.sampled_from(["Europe/Paris", "Europe/Brussels", "America/Cayenne"]))
        return Deadline(at.astimezone(ZoneInfo(name)), draw(st.sampled_from(DeadlineKind)), name, draw(st.booleans()))
    quarters = draw(st.integers(-48, 56))
    zone = timezone(timedelta(minutes=15 * quarters))
    hours, minutes = divmod(15 * abs(quarters), 60)
    written = f"{'-' if quarters < 0 else '+'}{hours:02d}:{minutes:02d}"
    return Deadline(at.astimezone(zone), draw(st.sampled_from(DeadlineKind)), written, draw(st.booleans()))


optional = st.none() | words

organisations = st.builds(
    Organisation,
    id=words,
    names=texts,
    company_number=st.none() | st.sampled_from(["0203963680_780", "0999.000.112", "BE001", "99900011200013"]),
    country=st.none() | countries,
    nuts=st.none() | nuts,
    city=optional,
    size=st.none() | st.sampled_from(["micro", "small", "medium"]),
    recognised=st.sampled_from(["stated", "group-name"]),
    written=optional,
)
parties = st.builds(
    TenderingParty,
    id=words,
    organisations=st.lists(organisations, max_size=2).map(tuple),
    subcontractors=st.lists(organisations, max_size=1).map(tuple),
    name=optional,
)
awards = st.builds(
    Award,
    lot=words,
    outcome=st.sampled_from(["selec-w", "clos-nw", "open-nw"]),
    winners=st.lists(parties, max_size=2).map(tuple),
    value=money,
    decided_on=st.none() | days,
    tenders_received=st.none() | st.integers(0, 1000),
    terminates=st.none() | st.booleans(),
    sme_tenders=st.none() | st.integers(0, 1000),
    subcontracted=st.none() | st.booleans(),
)
weights = st.builds(
    Weight, st.decimals(0, 100, places=2).map(lambda number: number.normalize() + 0), st.sampled_from(["per-exa", "%"])
)
criteria = st.builds(
    Criterion,
    use=st.sampled_from(["selection", "award"]),
    kind=st.sampled_from(["tp-abil", "price"]),
    texts=texts,
    weight=st.none() | weights,
)
terms = st.builds(
    ContractTerm,
    length=st.none() | st.integers(1, 99),
    unit=st.none() | st.sampled_from(["MONTH", "YEAR"]),
    starts=st.none() | days,
    ends=st.none() | days,
    unlimited=st.booleans(),
    renewals=st.none() | st.integers(0, 9),
)
lots = st.builds(
    Lot,
    id=st.sampled_from(["LOT-0001", "LOT-0002", "PAR-0001", "1"]),
    titles=texts,
    descriptions=texts,
    nature=optional,
    cpv=cpvs,
    nuts=places,
    countries=st.lists(countries, max_size=2).map(tuple),
    deadline=st.none() | deadlines(),
    estimate=money,
    framework_maximum=money,
    criteria=st.lists(criteria, max_size=2).map(tuple),
    tender_languages=st.lists(languages, max_size=2).map(tuple),
    documents=st.lists(words, max_size=2).map(tuple),
    reserved=st.none() | st.booleans(),
    techniques=st.lists(st.sampled_from(["fa-wo-rc", "dps-list"]), max_size=2).map(tuple),
    term=st.none() | terms,
    eu_funded=st.none() | st.booleans(),
    suits_smes=st.none() | st.booleans(),
    subcontracting=optional,
    documents_restricted=st.none() | st.booleans(),
)
changes = st.builds(
    Change,
    notice=words,
    reason=st.none() | st.sampled_from(["cancel", "cor-buy"]),
    texts=texts,
    lots=st.lists(st.sampled_from(["LOT-0001", "LOT-0002"]), max_size=2).map(tuple),
    sections=st.lists(st.sampled_from(["RES-0001", "ORG-0001"]), max_size=2).map(tuple),
)
publications = st.builds(
    Publication,
    source=st.sampled_from(["eu_ted", "fr_boamp"]),
    number=st.integers(1, 6).map(lambda n: f"{n}-2026"),
    day=st.none() | days,
    url=optional,
)
notices = st.builds(
    Notice,
    id=st.sampled_from(["first", "second", "third"]),
    version=st.integers(1, 2),
    form=st.sampled_from(Form),
    publication=publications,
    notice_type=optional,
    subtype=optional,
    schema=optional,
    procedure=st.none() | st.sampled_from(["purchase-1", "purchase-2"]),
    procedure_type=optional,
    languages=st.lists(languages, max_size=2).map(tuple),
    titles=texts,
    descriptions=texts,
    nature=optional,
    cpv=cpvs,
    nuts=places,
    estimate=money,
    framework_maximum=money,
    buyers=st.lists(st.builds(Buyer, organisations, optional, optional), max_size=2).map(tuple),
    lots=st.lists(lots, max_size=2).map(tuple),
    awards=st.lists(awards, max_size=2).map(tuple),
    changes=st.lists(changes, max_size=2).map(tuple),
    issued_at=st.none() | instants,
    is_summary=st.booleans(),
)


def plain_money(amount: str) -> Money:
    """Euros, from text."""
    return Money(Decimal(amount), "EUR")
