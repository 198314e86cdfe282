"""Which earlier notices a BOAMP record follows, and how its lots are numbered: national forms state both in many
places.

Links are in the record (annonce_lie, annonces_anterieures), in gestion and inside donnees (avisInitial.idWeb, in MAPA
and FNSimple, where annonce_lie is empty). What a link does to the earlier notice is decided by its readers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from scrapers.readers.boamp.json_tree import Node, as_list, nodes, text
from scrapers.readers.normalise.numbers import read_count

_NUMBER = re.compile(r"\d\d-\d{1,7}")
_FRAMES = frozenset({"avisinitial", "annonceanterieure", "annonceanterieur", "annoncesanterieures", "annonceliee"})
_LOT_WORD = re.compile(r"^\s*lots?\b[\s:.-]*(?:n\s*[°º]|num[ée]ro|no?\b)?[\s:.-]*", re.IGNORECASE)
_LEADING = re.compile(r"0*(\d{1,9})(?!\d)")
_UNSPELLED = re.compile(r"[^A-Z0-9]+")


def find_links(number: str, *places: object) -> tuple[str, ...]:
    """The numbers of the notices named as earlier ones, each once, in the order of the places; never its own."""
    found = dict.fromkeys(link for place in places for link in _links(place))
    return tuple(link for link in found if link != number)


def earliest(links: tuple[str, ...]) -> str | None:
    """The link published first, which names the purchase: of a call and its correction it is the call."""
    return min(links, key=lambda link: tuple(int(part) for part in link.split("-")), default=None)


def _links(place: object) -> Iterator[str]:
    for inner in nodes(place):
        for key, value in inner.items():
            if re.sub(r"[^a-z]", "", key.casefold()) in _FRAMES:
                yield from numbers_in(value)


def numbers_in(node: object) -> Iterator[str]:
    """Every number of a notice within, whether it is a leaf, a list of leaves or lies under idWeb."""
    for item in as_list(node):
        if isinstance(item, str | int):
            written_number_text = str(item).strip()
            if _NUMBER.fullmatch(written_number_text):
                yield written_number_text
    for inner in nodes(node):
        for value in inner.values():
            if not isinstance(value, dict):
                yield from numbers_in([leaf for leaf in as_list(value) if not isinstance(leaf, dict)])


def lot_id(written: str | None, ordinal: int) -> str:
    """A lot's name, spelled as eForms spells them where it is a number, so that a lot keeps its name between a notice,
    its correction and its result: "2", "02" and "Lot n° 2" are LOT-0002, "1 bis" is LOT-0001-BIS, "A" is LOT-A; its
    place in the notice where nothing is written."""
    label = _LOT_WORD.sub("", (written or "").strip())
    count = read_count(label)
    if count is not None:
        return f"LOT-{count:04d}"
    leading = _LEADING.match(label)
    rest = _UNSPELLED.sub("-", (label[leading.end() :] if leading else label).upper()).strip("-")
    if leading:
        number = f"LOT-{int(leading[1]):04d}"
        return f"{number}-{rest[:20]}" if rest else number
    return f"LOT-{rest[:20]}" if rest else f"LOT-{ordinal:04d}"


def distinct(ids: list[str]) -> list[str]:
    """The same names, the second of two equal ones with "-2" behind it: two lots of one number are two lots."""
    seen: dict[str, int] = {}
    found: list[str] = []
    for name in ids:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return found


def written_number(part: object) -> str | None:
    """What a lot's number is written as, None for a part that has none."""
    inner = cast("Node", part) if isinstance(part, dict) else {}
    leaves = (inner.get(key) for key in ("numLot", "numeroLot", "lotNum", "NUM", "NUM_LOT"))
    return next(
        (written_number_text for leaf in leaves if not isinstance(leaf, list) and (written_number_text := text(leaf))),
        None,
    )
