"""Who won, in BOAMP's national forms (MAPA, FNSimple, DSP): one award for each decision, by the lot it names.

No schema is public. MAPA.attribution.attribution.resultat.attribue.montant.valeur is what public clients read; the
other places are found by what they hold: a decision is an object with a winner, or with the word that there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from scrapers.readers.boamp.json_tree import Node, as_list, nodes, text
from scrapers.readers.boamp.links import lot_id, written_number
from scrapers.readers.normalise.deadlines import read_day
from scrapers.readers.normalise.numbers import read_count, read_written_amount
from scrapers.readers.normalise.text import read_line
from warehouse.model.notices import Award, Lot, Money, Organisation, TenderingParty, Text

_WINNERS = ("titulaire", "titulaires", "attributaire")
_NOBODY = ("infructueux", "sansSuite", "declareInfructueux", "declareSansSuite", "nonAttribue")
_AMOUNTS = ("montant", "montantHT", "montantAttribue", "valeurTotale")
_COUNTS = ("nbOffresRecues", "nbOffreRecu", "nbOffreRecue", "nombreOffres", "nbOffres")
_DAYS = ("dateAttribution", "dateDecision", "dateConclusion")
_NAMES = ("PersonneMorale", "personneMorale", "denomination", "raisonSociale", "nomOfficiel", "nom")
_NUMBERS = ("codeIdentificationNational", "siret", "siren")
_NO = frozenset({"false", "non", "0"})


@dataclass(frozen=True, slots=True)
class _Decision:
    """An object that decides about one lot and those around it, the innermost first; `lot` is the number written."""

    frames: tuple[Node, ...]
    lot: str | None

    def value_of(self, keys: tuple[str, ...]) -> object:
        """The value in the innermost object that has one."""
        return next((f[key] for f in self.frames for key in keys if f.get(key) not in (None, "", [])), None)


def read_awards(section: object, lots: tuple[Lot, ...], names: tuple[str, ...]) -> tuple[Award, ...]:
    """One award a decision. One without a number concerns the lot at its place; `names` are the winners that the record
    lists, who won where no decision names one (with the first lot: which of them won which is not stated)."""
    decisions = list(_decisions(section, (), None))
    whole = next(iter(nodes(section)), {})
    if not decisions:
        return (_award(_Decision((whole,), None), lots[0].id, names),) if names else ()
    ids = [lot.id for lot in lots]
    awards: list[Award] = []
    for place, decision in enumerate(decisions, 1):
        wanted = lot_id(decision.lot, place)
        lot = wanted if wanted in ids else ids[min(place, len(ids)) - 1]
        single = len(decisions) == 1
        around = (*decision.frames, *nodes(section)) if single else decision.frames
        awards.append(_award(_Decision(around, decision.lot), lot, names if single else ()))
    return tuple(awards)


def _decisions(node: object, around: tuple[Node, ...], lot: str | None) -> Iterator[_Decision]:
    """The innermost objects that decide. What surrounds several of them, or a lot, applies to neither."""
    items = [cast("Node", item) for item in as_list(node) if isinstance(item, dict)]
    for item in items:
        own = written_number(item)
        frames = (item,) if own or len(items) > 1 else (item, *around)
        if any(key in item for key in _WINNERS) or _is_unwon(item):
            yield _Decision(frames, own or lot)
            continue
        for value in item.values():
            yield from _decisions(value, frames, own or lot)


def _is_unwon(frame: Node) -> bool:
    """Whether there is no winner: the element alone means it, unless its text denies it."""
    return any(key in frame and (_leaf(frame[key]) or "").casefold() not in _NO for key in _NOBODY)


def _award(decision: _Decision, lot: str, names: tuple[str, ...]) -> Award:
    inner = decision.frames[0]
    frames = [frame for key in _WINNERS for frame in as_list(inner.get(key))]
    winners = [(name, frame) for frame in frames if (name := _name(frame))] or [(name, None) for name in names]
    is_unwon = _is_unwon(inner) and not winners
    day = (_leaf(decision.value_of(_DAYS)) or "")[:10]
    return Award(
        lot=lot,
        outcome="clos-nw" if is_unwon else "selec-w" if winners else "unstated",
        winners=tuple(_party(name, frame, n) for n, (name, frame) in enumerate(winners, 1)),
        value=None if is_unwon else _money(decision.value_of(_AMOUNTS)),
        decided_on=read_day(day),
        tenders_received=read_count(_leaf(decision.value_of(_COUNTS))),
    )


def _party(name: str, frame: object, n: int) -> TenderingParty:
    inner = cast("Node", frame) if isinstance(frame, dict) else {}
    number = next((value for key in _NUMBERS if (value := _leaf(inner.get(key)))), None)
    firm = Organisation(f"WINNER-{n:04d}", (Text(read_line(name), "FRA"),), company_number=number)
    return TenderingParty(f"TPA-{n:04d}", (firm,))


def _name(frame: object) -> str | None:
    """The firm's name; that of a person, whose first name is a field of its own, is not read."""
    if not isinstance(frame, dict):
        return _leaf(frame)
    inner = cast("Node", frame)
    return _leaf(inner) or next((value for key in _NAMES if (value := _name(inner.get(key)))), None)


def _money(found: object) -> Money | None:
    """An amount with its currency (@devise); euros where none is written, for the buyer is in France."""
    frame = next(iter(as_list(found)), None)
    inner = cast("Node", frame) if isinstance(frame, dict) else {}
    value_of = _leaf(inner.get("valeur")) or _leaf(frame)
    amount = read_written_amount(value_of) if value_of else None
    currency = _leaf(inner.get("@devise")) or _leaf(inner.get("devise")) or "EUR"
    return None if amount is None or amount <= 0 else Money(amount, currency)


def _leaf(node: object) -> str | None:
    """The text of a leaf; None for what is none."""
    inner = cast("Node", node).get("#text") if isinstance(node, dict) else node
    return text(inner) if isinstance(inner, str | int | float) and not isinstance(inner, bool) else None
