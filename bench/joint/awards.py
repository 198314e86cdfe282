"""Purchases with their winning parties, from a folder of awards and from result notices: the queries of bench.joint.

No method and no figure here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matching.consortium.past_groups import MOST_MEMBERS
from matching.fit.awards.award_dataset import read_past
from scrapers.read import read_path
from warehouse.codes.classifications import Nuts
from warehouse.codes.company_numbers import read_company_number
from warehouse.model.members import Member
from warehouse.model.notices import Award, Form, Notice, OpenLot, Organisation, Reference

NOWHERE = Nuts("XX")
FOLDERS = ("eforms/published", "ted_r209")


@dataclass(frozen=True, slots=True)
class Won:
    """One purchase and one party that won it. `firms` are company numbers, or names in lower case where a notice gives
    no number; `procedure` is the consultation or procedure, `origin` "decp" or "notices"."""

    lot: OpenLot
    firms: tuple[str, ...]
    procedure: str
    origin: str

    @property
    def is_joint(self) -> bool:
        """Whether two to five firms won it in one party."""
        return 2 <= len(self.firms) <= MOST_MEMBERS

    def references(self) -> Iterator[Reference]:
        """The award as a reference of each winner, its partners beside it. `notice` is the lot's uid, unique here."""
        lot, notice = self.lot.lot, self.lot.notice
        buyers = tuple(number for body in notice.buyers if (number := body.organisation.company_number))
        places, codes = lot.nuts or notice.nuts, lot.cpv or notice.cpv
        titles = lot.titles or notice.titles
        for firm in self.firms:
            partners = tuple(other for other in self.firms if other != firm)
            yield Reference(
                firm, self.lot.uid, lot.id, titles, codes, places, None, lot.estimate, partners, buyers, partners
            )


def read_purchases(data: Path, notices: Path | None) -> tuple[Won, ...]:
    """All purchases of the folder of awards and, where given, of the result notices. In a table of awards all winners
    of one notice are one party: it names no parties. Raises AwardsUnreadable."""
    table = [Won(bought.lot, bought.winners, bought.group, "decp") for bought in read_past(data) if bought.winners]
    return (*table, *(_from_notices(notices) if notices else ()))


def _from_notices(folder: Path) -> Iterator[Won]:
    for part in FOLDERS:
        for reading in read_path(folder / part):
            if reading.notice and reading.notice.form is Form.RESULT:
                yield from _from_notice(reading.notice)


def _from_notice(notice: Notice) -> Iterator[Won]:
    lots = {lot.id: lot for lot in notice.lots}
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for award in notice.awards:
        for firms in _parties(award):
            if award.lot in lots and (award.lot, firms) not in seen:
                seen.add((award.lot, firms))
                lot = replace(lots[award.lot], deadline=None)
                bare = replace(notice, lots=(), awards=())
                uid = f"{notice.lot_uid(lot)}/{len(seen)}"
                yield Won(OpenLot(uid, lot, bare, (notice.publication,)), firms, notice.procedure_uid, "notices")


def _parties(award: Award) -> Iterator[tuple[str, ...]]:
    for party in award.winners:
        firms = tuple(sorted({name for body in party.organisations if (name := _identify(body))}))
        if firms:
            yield firms


def _identify(body: Organisation) -> str:
    number = read_company_number(body.company_number, body.country) if body.company_number else None
    return number or (" ".join(body.names[0].value.lower().split()) if body.names else "")


def known_joint(purchases: Sequence[Won], *, is_strict: bool) -> tuple[Won, ...]:
    """Joint awards each of whose winners is known from another award; with `is_strict` from one of another consultation
    or procedure."""
    by_firm = _by_firm(purchases)

    def is_known(won: Won) -> bool:
        return all(any(_is_other(won, other, is_strict=is_strict) for other in by_firm[firm]) for firm in won.firms)

    return tuple(won for won in purchases if won.is_joint and is_known(won))


def known_single(purchases: Sequence[Won]) -> tuple[Won, ...]:
    """Awards of one firm that is known from another consultation or procedure."""
    by_firm = _by_firm(purchases)
    return tuple(
        won
        for won in purchases
        if len(won.firms) == 1 and any(_is_other(won, other, is_strict=True) for other in by_firm[won.firms[0]])
    )


def _by_firm(purchases: Iterable[Won]) -> Mapping[str, list[Won]]:
    found: dict[str, list[Won]] = defaultdict(list)
    for won in purchases:
        for firm in won.firms:
            found[firm].append(won)
    return found


def _is_other(won: Won, other: Won, *, is_strict: bool) -> bool:
    return other.procedure != won.procedure if is_strict else other.lot.uid != won.lot.uid


def kept_apart(purchases: Sequence[Won], awards: Iterable[Won], *, is_strict: bool) -> tuple[Won, ...]:
    """The known purchases while these are queried: all others, with `is_strict` of other procedures."""
    lots = {won.lot.uid for won in awards}
    procedures = {won.procedure for won in awards}
    return tuple(
        won for won in purchases if (won.procedure not in procedures if is_strict else won.lot.uid not in lots)
    )


def firms_of(purchases: Iterable[Won]) -> tuple[tuple[Member, ...], tuple[Reference, ...]]:
    """The winners as members of a cluster without statements of their own, and their awards as references."""
    references = tuple(reference for won in purchases for reference in won.references())
    numbers = sorted({reference.company_number for reference in references})
    return tuple(_member(number) for number in numbers), references


def _member(number: str) -> Member:
    return Member(
        id=number,
        company_number=number,
        name=number,
        email="firm@firm.example",
        languages=("fr", "nl", "en", "de"),
        nuts=NOWHERE,
        headcount=1,
        turnover=None,
        certificates=(),
        grappes=(),
        competences=(),
    )
