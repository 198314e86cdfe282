"""Whether two notices are of one purchase: the comparisons, the points of each, and their sum.

Pure: two sketches come in, an assessment with its evidence goes out. Certain links (a stated procedure, a notice that
names another, a workspace in an address) are not scored here; they hold as they are. Points are natural logarithms of
odds, set by hand with their reason; the threshold was chosen on labelled pairs of real notices
(bench/identity/__main__.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product

from rapidfuzz import fuzz

from warehouse.codes.company_numbers import read_company_number
from warehouse.linkage.blocking_keys import is_identifier
from warehouse.linkage.title_comparison import Title, TitleSimilarity, compare_titles, fold, read_title
from warehouse.model.notices import Form, Money, Notice

THRESHOLD = 0.85
"""The least score that joins two procedures; bench/identity/__main__.py measures its precision and recall."""

_BIAS = -5.0
"""Two notices that share only a blocking key are rarely of one purchase."""

_TELLING = 2
"""Number of words below which a title does not identify a purchase."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is compared of a notice. `day` is its first day of publication; `deadlines` are instants in UTC; `values`
    are stated amounts (placeholders left out) of the procedure and its lots."""

    notice: str
    procedure: str
    source: str
    form: Form
    is_identified: bool
    day: date | None
    country: str
    buyers: frozenset[str]
    names: tuple[str, ...]
    titles: tuple[Title, ...]
    lots: int
    cpv: frozenset[str]
    main: frozenset[str]
    deadlines: frozenset[datetime]
    values: frozenset[Decimal]
    documents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One similarity or difference: its kind, its points (natural logarithm of odds), and what was seen."""

    kind: str
    points: float
    seen: str


@dataclass(frozen=True, slots=True)
class PairAssessment:
    """How likely two notices are of one purchase, in [0, 1], and why."""

    score: float
    evidence: tuple[Evidence, ...]


def sketch(notice: Notice, day: date | None = None) -> Sketch:
    """What is compared of a notice; `day` its first publication, where several portals carried it."""
    codes = [code.code for code in (*notice.cpv, *(c for lot in notice.lots for c in lot.cpv))]
    mains = [codes.code for codes in (*notice.cpv[:1], *(c for lot in notice.lots for c in lot.cpv[:1]))]
    organisations = [buyer.organisation for buyer in notice.buyers]
    numbers = (read_company_number(organisation.company_number, organisation.country) for organisation in organisations)
    titles = [read_title(text.value) for text in notice.titles]
    if all(len(title.words) < _TELLING for title in titles):  # none, or a bare reference ("2024-02-GI")
        titles += [read_title(text.value) for lot in notice.lots[:1] for text in lot.titles]
    return Sketch(
        notice=notice.uid,
        procedure=notice.procedure_uid,
        source=notice.publication.source,
        form=notice.form,
        is_identified=is_identifier(notice.procedure),
        day=day or notice.publication.day,
        country=next(iter(notice.buyer_countries), ""),
        buyers=frozenset(number for number in numbers if number),
        names=tuple(
            dict.fromkeys(_fold_name(text.value) for organisation in organisations for text in organisation.names)
        ),
        titles=tuple(dict.fromkeys(titles)),
        lots=len(notice.lots),
        cpv=frozenset(codes),
        main=frozenset(mains),
        deadlines=frozenset(lot.deadline.at.astimezone(UTC) for lot in notice.lots if lot.deadline),
        values=frozenset(_values(notice)),
        documents=frozenset(_deep_addresses(notice)),
    )


def _fold_name(name: str) -> str:
    return " ".join(word for word in fold(name).replace("-", " ").split() if word.isalnum())


def _values(notice: Notice) -> Iterator[Decimal]:
    stated: list[Money | None] = [notice.estimate, notice.framework_maximum]
    stated += [money for lot in notice.lots for money in (lot.estimate, lot.framework_maximum)]
    stated += [award.value for award in notice.awards]
    return (money.amount for money in stated if money and money.is_stated and money.amount > 0)


def _deep_addresses(notice: Notice) -> Iterator[str]:
    """Addresses of documents that contain a long number: pages of one purchase, not the portal's start page."""
    for lot in notice.lots:
        for address in lot.documents:
            bare = address.partition("://")[2].removeprefix("www.").rstrip("/")
            if sum(sign.isdigit() for sign in bare.partition("/")[2]) >= 4:
                yield bare


def may_be_compared(one: Sketch, other: Sketch) -> bool:
    """Whether two notices can be of one purchase at all. Not two notices that both state their procedure, for they
    state another; not two of one form at one portal, which names its own corrections; not plans, which become many
    calls."""
    if one.is_identified and other.is_identified:
        return False
    forms = {one.form, other.form}
    if forms <= {Form.COMPETITION} or forms <= {Form.RESULT} or forms <= {Form.PLANNING}:
        return one.source != other.source
    return forms == {Form.COMPETITION, Form.RESULT}


def score_pair(one: Sketch, other: Sketch) -> PairAssessment:
    """How likely two notices are of one purchase."""
    evidence = tuple(found for compare in _COMPARISONS if (found := compare(one, other)) is not None)
    odds = _BIAS + sum(found.points for found in evidence)
    return PairAssessment(1 / (1 + math.exp(-max(-50.0, min(50.0, odds)))), evidence)


def _compare_buyers(one: Sketch, other: Sketch) -> Evidence | None:
    """Numbers decide; names where a number lacks. A tribunal was given its buyer's number, so that even two
    different numbers do not exclude."""
    if one.country and other.country and one.country != other.country:
        return Evidence("country", -6.0, f"{one.country} / {other.country}")
    shared = one.buyers & other.buyers
    if shared:
        return Evidence("buyer number", 3.0, min(shared))
    name_similarity = _best_name(one.names, other.names)
    if one.buyers and other.buyers:
        return Evidence(
            "buyer number", -1.0 if name_similarity >= 0.9 else -4.0, f"{min(one.buyers)} / {min(other.buyers)}"
        )
    if not one.names or not other.names:
        return None
    seen = f"{one.names[0]} / {other.names[0]}"
    return Evidence("buyer name", 2.5 if name_similarity >= 0.9 else 1.0 if name_similarity >= 0.75 else -3.5, seen)


def _best_name(ours: Iterable[str], theirs: Iterable[str]) -> float:
    pairs = product(ours, theirs)
    return max((fuzz.token_set_ratio(a, b) + fuzz.token_sort_ratio(a, b) for a, b in pairs), default=0.0) / 200


def _compare_title(one: Sketch, other: Sketch) -> Evidence | None:
    """A long title that is the same is strong evidence; a short one ("Dilution refrigerator", which TU Delft buys every
    year) is weaker; a word in the place of another ("direction Luxembourg", "direction Allemagne": TED 643121-2023 and
    643251-2023) is evidence of two purchases."""
    best: TitleSimilarity | None = None
    for mine, theirs in product(one.titles, other.titles):
        found = compare_titles(mine, theirs)
        if best is None or _title_points(found) > _title_points(best):
            best = found
    if best is None:
        return None
    seen = f"{best.ratio:.2f}, {best.shared} words shared, {best.replaced} replaced"
    return Evidence("title", round(_title_points(best), 2), seen)


def _title_points(similarity: TitleSimilarity) -> float:
    if similarity.ratio < 0.55 or not similarity.shared:
        return -5.0
    points = 10 * (similarity.ratio - 0.75)  # 0.55: -2, 0.75: 0, 1: 2.5
    points += 0.5 * min(similarity.shared, 6) - 1.5  # 1 word: -1, 6 words: +1.5
    points -= 4.0 + similarity.replaced if similarity.replaced else 0.0
    if similarity.lots is False:
        points -= 6.0
    if similarity.numbers is not None:
        points += 0.7 if similarity.numbers else -3.0
    return max(points, -8.0)


def _compare_codes(one: Sketch, other: Sketch) -> Evidence | None:
    if not one.cpv or not other.cpv:
        return None
    seen = f"{min(one.main)} / {min(other.main)}"
    if one.main & other.main:
        return Evidence("cpv", 1.0, min(one.main & other.main))
    if one.cpv & other.cpv:
        return Evidence("cpv", 0.5, min(one.cpv & other.cpv))
    if {code[:2] for code in one.cpv} & {code[:2] for code in other.cpv}:
        return Evidence("cpv", -1.0, seen)
    return Evidence("cpv", -2.5, seen)


def _compare_deadlines(one: Sketch, other: Sketch) -> Evidence | None:
    """The same instant is the strongest similarity between calls: two purchases of one buyer seldom close in the same
    minute, and when they do their titles differ. A result has no deadline, but comes after the call's."""
    if Form.RESULT in (one.form, other.form):
        return _compare_days_of_result(one, other)
    if not one.deadlines or not other.deadlines:
        return None
    shared = one.deadlines & other.deadlines
    if shared:
        return Evidence("deadline", 2.5, min(shared).isoformat())
    nearest = min((abs((a - b).total_seconds()), a, b) for a, b in product(one.deadlines, other.deadlines))
    days, seen = nearest[0] / 86400, f"{nearest[1]:%Y-%m-%d %H:%M} / {nearest[2]:%Y-%m-%d %H:%M} UTC"
    # Within a day: a portal that rounds the hour or loses the zone. Within six weeks: a deadline that moved.
    return Evidence("deadline", 1.0 if days < 1 else -1.5 if days <= 45 else -4.0, seen)


def _compare_days_of_result(one: Sketch, other: Sketch) -> Evidence | None:
    if one.form is other.form:
        return None
    call, result = (other, one) if one.form is Form.RESULT else (one, other)
    if result.day is None:
        return None
    if call.deadlines and min(call.deadlines).date() > result.day:
        return Evidence("order", -20.0, f"decided {result.day} before the deadline {min(call.deadlines):%Y-%m-%d}")
    if call.day and call.day > result.day:
        return Evidence("order", -20.0, f"decided {result.day} before the call of {call.day}")
    return None


def _compare_values(one: Sketch, other: Sketch) -> Evidence | None:
    if not one.values or not other.values:
        return None
    if one.values & other.values:
        return Evidence("value", 1.5, str(max(one.values & other.values)))
    if one.form is not other.form:
        return None  # an estimate is not a price
    ratio = min(max(a, b) / min(a, b) for a, b in product(one.values, other.values))
    return Evidence("value", -0.5 if ratio < 2 else -1.5, f"{max(one.values)} / {max(other.values)}")


def _compare_days(one: Sketch, other: Sketch) -> Evidence | None:
    """A purchase reaches its portals within days; its result within a year or so. What recurs recurs yearly."""
    if one.day is None or other.day is None:
        return None
    days = abs((one.day - other.day).days)
    if one.form is not other.form:
        return Evidence("days", 0.5 if days <= 300 else -0.5 if days <= 500 else -3.0, str(days))
    if one.form is Form.RESULT:
        return Evidence("days", 0.5 if days <= 90 else -2.0 if days <= 200 else -4.0, str(days))
    return Evidence("days", 1.0 if days <= 5 else 0.0 if days <= 45 else -2.0 if days <= 200 else -4.0, str(days))


def _compare_lots(one: Sketch, other: Sketch) -> Evidence | None:
    if one.form is not other.form or min(one.lots, other.lots) < 2:
        return None  # national forms describe a purchase as one lot
    return Evidence("lots", 0.7 if one.lots == other.lots else -1.5, f"{one.lots} / {other.lots}")


def _compare_documents(one: Sketch, other: Sketch) -> Evidence | None:
    shared = one.documents & other.documents
    return Evidence("documents", 2.0, min(shared)) if shared else None


_COMPARISONS = (
    _compare_buyers,
    _compare_title,
    _compare_codes,
    _compare_deadlines,
    _compare_values,
    _compare_days,
    _compare_lots,
    _compare_documents,
)
