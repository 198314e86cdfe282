"""Real notices as another portal would publish them: identifiers gone, titles cut and reworded.

Each disguise is a pure function of a notice and a number drawn from its file's name, so that a pair of
identity_pairs.csv is the same pair on every machine. They do what was observed at the portals: BOAMP cuts at 200
characters, writes capitals, mistypes SIRETs, has no CPV in MAPA; BOSA puts a file number before the title, in one
language; DECP has one amount and no deadline.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal

from warehouse.model.notices import Award, Buyer, Deadline, Form, Lot, Money, Notice, Organisation, Publication, Text

_YEAR = re.compile(r"\b20[12]\d\b")


def disguise(notice: Notice, name: str, seed: str) -> Notice:
    """The notice in the disguise of that name ("boamp", "bosa", "decp", "result", "summary", "plain", "lot:2",
    "next-year")."""
    kind, _, detail = name.partition(":")
    chance = random.Random(hashlib.sha256(f"{seed} {name}".encode()).digest())
    worn = _DISGUISES[kind](notice, detail, chance)
    return replace(worn, id=f"{worn.id}-{name}", procedure=None, changes=())


def as_stated(notice: Notice) -> Notice:
    """The notice itself, with its identifiers but without its links to others: the left side of a pair."""
    return replace(notice, changes=())


def _plain(notice: Notice, _: str, chance: random.Random) -> Notice:
    """Only the identifiers gone, at another portal some days apart."""
    return _published(notice, "xx_portal", chance.randint(-2, 4))


def _boamp(notice: Notice, _: str, chance: random.Random) -> Notice:
    titles = notice.titles or notice.lots[0].titles
    worded = _reword(titles[0].value, notice, chance)
    cut = worded[:200].upper() if chance.random() < 0.35 else worded[:200]
    lots = (notice.lots[0],) if chance.random() < 0.5 else notice.lots
    cpv = () if chance.random() < 0.4 else notice.cpv[:1]
    return replace(
        _published(notice, "fr_boamp", chance.randint(-2, 4)),
        schema="boamp FNSimple.initial",
        titles=(Text(cut, titles[0].language),),
        cpv=cpv,
        estimate=None,
        framework_maximum=None,
        buyers=tuple(_national_buyer(buyer, chance) for buyer in notice.buyers[:1]),
        lots=tuple(_national_lot(lot, cpv != (), chance) for lot in lots),
    )


def _reword(title: str, notice: Notice, chance: random.Random) -> str:
    """The purchase in the words of another clerk."""
    drawn = chance.random()
    if drawn < 0.25:
        return title
    if drawn < 0.45:
        return f"Marché n° {chance.randint(10, 99)}-{chance.randint(100, 999)} : {title}"
    if drawn < 0.6 and notice.buyers and notice.buyers[0].organisation.names:
        return f"{title} pour {notice.buyers[0].organisation.names[0].value}"
    if drawn < 0.75:
        words = title.split()
        return " ".join(words[: max(3, round(len(words) * 0.7))])
    if drawn < 0.9 and notice.descriptions:
        return f"{title} - {notice.descriptions[0].value}"
    return _mistype(title, chance)


def _mistype(title: str, chance: random.Random) -> str:
    letters = list(title)
    for _ in range(max(1, len(letters) // 40)):
        at = chance.randrange(len(letters))
        letters[at] = chance.choice("aeinrst")
    return "".join(letters)


def _national_buyer(buyer: Buyer, chance: random.Random) -> Buyer:
    one = buyer.organisation
    number = one.company_number
    drawn = chance.random()
    if drawn < 0.4:
        number = None
    elif drawn < 0.5 and number:
        number = number[:-1]
    names = tuple(Text(_rename(text.value, one, chance), text.language) for text in one.names[:1])
    return replace(buyer, organisation=Organisation("BUYER-0001", names, number, one.country, None, one.city))


def _rename(name: str, organisation: Organisation, chance: random.Random) -> str:
    drawn = chance.random()
    if drawn < 0.4:
        return name.upper()
    if drawn < 0.55 and organisation.city:
        return f"{name} - {organisation.city}"
    return name


def _national_lot(lot: Lot, with_codes: bool, chance: random.Random) -> Lot:
    documents = lot.documents if chance.random() < 0.3 else ()
    deadline = lot.deadline
    if deadline and chance.random() < 0.15:
        deadline = replace(deadline, at=datetime.combine(deadline.at, time(23, 59, 59), deadline.at.tzinfo))
    return replace(
        lot,
        cpv=lot.cpv[:1] if with_codes else (),
        estimate=None,
        framework_maximum=None,
        documents=documents,
        deadline=deadline,
    )


def _bosa(notice: Notice, _: str, chance: random.Random) -> Notice:
    titles = notice.titles or notice.lots[0].titles
    chosen_title = titles[-1] if chance.random() < 0.5 else titles[0]
    reference = f"{chance.choice(['DMOW', 'AWP', 'S&L', 'DA', 'MRMP'])}/{chance.randint(100, 9999)}"
    title = f"{reference} - {chosen_title.value}" if chance.random() < 0.6 else chosen_title.value
    return replace(
        _published(notice, "be_bosa", chance.randint(-3, 2)),
        titles=(Text(title, chosen_title.language),),
        descriptions=(),
        estimate=None,
        framework_maximum=None,
        cpv=notice.cpv[:1],
        lots=tuple(replace(lot, estimate=None, documents=(), cpv=lot.cpv[:1]) for lot in notice.lots),
    )


def _summary(notice: Notice, _: str, chance: random.Random) -> Notice:
    """The notice as search fields state it: no lots of its own, no value, no address."""
    bare = tuple(replace(lot, estimate=None, framework_maximum=None, documents=()) for lot in notice.lots[:1])
    return replace(_published(notice, "xx_portal", chance.randint(-2, 3)), lots=bare, estimate=None, is_summary=True)


def _result(notice: Notice, _: str, chance: random.Random) -> Notice:
    """The call's result, some months after its deadline, without its number."""
    after = _last_day(notice) + timedelta(days=chance.randint(40, 220))
    titles = tuple(Text(_reword(text.value, notice, chance), text.language) for text in notice.titles[:1])
    lots = tuple(replace(lot, deadline=None, documents=()) for lot in notice.lots)
    return replace(
        notice,
        form=Form.RESULT,
        titles=titles,
        lots=lots,
        awards=tuple(Award(lot.id, "selec-w") for lot in lots),
        publication=Publication("eu_ted", "0-0000", after),
    )


def _decp(notice: Notice, _: str, chance: random.Random) -> Notice:
    """A French award as open data: a short object, the buyer's number, one amount."""
    base = notice if notice.form is Form.RESULT else _result(notice, "", chance)
    titles = base.titles or base.lots[0].titles
    value = next((award.value for award in notice.awards if award.value), None)
    value = value or (Money(Decimal(chance.randint(20, 900)) * 1000, "EUR"))
    day = base.publication.day
    return replace(
        base,
        titles=(Text(_reword(titles[0].value, notice, chance)[:256], "FRA"),),
        descriptions=(),
        cpv=base.cpv[:1],
        estimate=None,
        framework_maximum=None,
        lots=tuple(replace(lot, deadline=None, documents=(), estimate=None) for lot in base.lots[:1]),
        awards=(Award(base.lots[0].id, "selec-w", value=value),),
        publication=Publication("fr_decp", "0", day + timedelta(days=chance.randint(0, 60)) if day else None),
    )


def _one_lot(notice: Notice, which: str, chance: random.Random) -> Notice:
    """One lot of a framework as if it were a purchase of its own: what a buyer does who publishes lot by lot."""
    lot = notice.lots[int(which) - 1]
    title = f"{(notice.titles or lot.titles)[0].value} - Lot {which}: {lot.titles[0].value}"
    new_titles = (Text(title, lot.titles[0].language),)
    portal = "eu_ted" if which == "1" else "fr_boamp"
    return replace(
        _published(notice, portal, chance.randint(0, 2)), titles=new_titles, lots=(lot,), estimate=lot.estimate
    )


def _next_year(notice: Notice, _: str, chance: random.Random) -> Notice:
    """What is bought again a year later, in the same words: the year in the title moves where there is one."""
    titles = tuple(Text(_YEAR.sub(lambda y: str(int(y[0]) + 1), t.value), t.language) for t in notice.titles)
    lots = tuple(
        replace(lot, deadline=_later(lot.deadline, 364 + chance.randint(-20, 20)), documents=(), estimate=None)
        for lot in notice.lots
    )
    moved = _published(notice, "fr_boamp", 364 + chance.randint(-20, 20))
    return replace(moved, titles=titles or notice.titles, lots=lots, estimate=None)


def _later(deadline: Deadline | None, days: int) -> Deadline | None:
    return replace(deadline, at=deadline.at + timedelta(days=days)) if deadline else None


def _published(notice: Notice, source: str, days: int) -> Notice:
    """At another portal, so many days apart, without the addresses that name the purchase for certain."""
    day = notice.publication.day
    return replace(
        notice, publication=Publication(source, f"{source}-0", day + timedelta(days=days) if day else None, None)
    )


def _last_day(notice: Notice):
    days = [lot.deadline.at.date() for lot in notice.lots if lot.deadline]
    day = max(days, default=notice.publication.day)
    assert day is not None, f"{notice.uid} has neither deadline nor day"
    return day


_DISGUISES: dict[str, Callable[[Notice, str, random.Random], Notice]] = {
    "plain": _plain,
    "boamp": _boamp,
    "bosa": _bosa,
    "summary": _summary,
    "result": _result,
    "decp": _decp,
    "lot": _one_lot,
    "next-year": _next_year,
}
