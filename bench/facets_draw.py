"""Which lots are labelled by hand: the draw that bench/facets_guide.md states, and the words for the reader who labels.

    python -m bench.facets_draw --data ../shared/notices             the lots, one a line
    python -m bench.facets_draw --data ../shared/notices --show 0 5  the words of some of them

No extractor and no label is used here: a draw by either would be biased towards what the extractor can do.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from matching.requirements.passages import PassagePlace, passages_of
from matching.text.language import language_of
from scrapers.read import read_path
from warehouse.model.notices import Form, Lot, OpenLot

FOLDERS = ("eforms/published", "ted_r209")
FORMS = (Form.COMPETITION, Form.PLANNING, Form.CONSULTATION, Form.DIRECT_AWARD)
QUOTAS = {"fr": (30, 8), "nl": (13, 7), "de": (22, 6), "en": (10, 4)}
"""Per language, how many lots whose selection criteria have words, and how many whose have none."""
LATER = {"fr": (18, 0), "nl": (0, 5), "de": (13, 0), "en": (1, 3)}
"""The same for the lots that were drawn, and read for the first time, when the extractor was finished."""
LAST = {"fr": (20, 4), "nl": (0, 6), "de": (0, 4), "en": (0, 6)}
"""And again when the misses among those had been corrected."""
FRESH = {"fr": (14, 14), "nl": (0, 5), "de": (0, 6), "en": (0, 6)}
"""And again, from all that was left: half of them to learn from, half to be measured once when that was done."""
NEWEST = {"fr": (16, 16), "nl": (0, 0), "de": (0, 6), "en": (0, 6)}
"""And again, read and measured for the first time when the readers had been corrected."""
AWARDED = {"fr": 30, "nl": 25, "de": 15, "en": 10}
"""Lots of result notices, read for their ICT alone: results have no requirements, but state what was bought."""
FRESH_AWARDED = {"fr": 26, "nl": 2, "de": 8, "en": 6}
NEWEST_AWARDED = {"fr": 26, "de": 8, "en": 6}
"""The same for the two sets drawn after them."""
_AFTER = (("later", LATER), ("last", LAST), ("fresh", FRESH), ("newest", NEWEST))
LEAST = 80
"""Fewer characters of selection criteria are "see the documents"."""

_TONGUES = re.compile(
    r"\b(?:fran[cç]ais\w*|n[ée]erland\w*|anglais\w*|allemand\w*|nederlands\w*|frans|franse|franstalig\w*|engels\w*|"
    r"duits\w*|deutsch\w*|franz[öo]sisch\w*|niederl[äa]ndisch\w*|englisch\w*|french|dutch|english|german|langues?|"
    r"\w*talig\w*|taal|talen|\w*sprache\w*|languages?)\b",
    re.IGNORECASE,
)

_NET = re.compile(
    r"informati|logiciel|software|num[ée]ri[qs]|digita|donn[ée]es|\bdata|daten\b|gegevens|r[ée]seau|netwe?rk|netzw|"
    r"network|\bit\b|\bi[ck]t\b|\btic\b|courants? faible|zwakstroom|schwachstrom|t[ée]l[ée]|vid[ée]o|fibre|glasvezel|"
    r"glasfaser|lichtwellen|capteur|sensor|\bbim\b|\bgt[bc]\b|\bmsr\b|automat|serveu?r|\bweb|internet|cyber|cloud|"
    r"comput|ordinateur|[ée]lectroni|elektroni|virtu|\b[sg]i[gs]\b|domoti|\berp\b|plate-?forme?",
    re.IGNORECASE,
)
_NET_CODES = ("30", "32", "48", "72", "64", "503", "516", "513", "352", "453")
"""Codes that may be ICT and mostly are not: wider than any reader's words, as few of the remaining lots buy any."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A lot of the labelled set. `half` is its set, of which the hundred ("design", "held-out") and the fresh lots
    ("studied", "unseen") are two halves; `asked` the kinds labelled in it: "all", "language" for the lots drawn beside
    the hundred as few of those name languages, "not language" for what is left when those are taken out, "ict"."""

    half: str
    language: str
    file: str
    lot: OpenLot
    kinds: str = "all"


def draw(data: Path) -> tuple[Drawn, ...]:
    """The hundred lots, the same on every machine: notices by the SHA-256 of their file name, one lot of each, by the
    SHA-256 of its own name; until the quota of its language is full. Within a quota every second one is held out.
    Then every lot left that names a language or the word language, for the labels of languages alone; and of what is
    then left, by their own quotas, the lots read later: the lots beside the hundred come back among the fresh ones,
    for the kinds that had not been read in them, and every second fresh lot is kept unseen."""
    hundred, drawn_after = _quotas(QUOTAS), [(name, _quotas(quotas)) for name, quotas in _AFTER]
    sets: dict[str, list[Drawn]] = {name: [] for name in ("hundred", "beside", *(name for name, _ in drawn_after))}
    for file, lot in sorted(_lots(data), key=lambda pair: draw_key(pair[0])):
        key = (_language(lot), _is_worded(lot.lot))
        if hundred.get(key, 0):
            hundred[key] -= 1
            sets["hundred"].append(Drawn("held-out" if hundred[key] % 2 else "design", key[0], file, lot))
        elif key in hundred and _names_a_language(lot):
            half = "held-out" if len(sets["beside"]) % 2 else "design"
            sets["beside"].append(Drawn(half, key[0], file, lot, "language"))
        elif name := next((name for name, left in drawn_after if left.get(key, 0)), None):
            dict(drawn_after)[name][key] -= 1
            sets[name].append(Drawn(name, key[0], file, lot, "not language"))
    sets["fresh"] += (replace(drawn_lot, half="fresh", kinds="not language") for drawn_lot in sets["beside"])
    for name, drawn in _draw_awarded(data).items():
        sets.setdefault(name, []).extend(drawn)
    newest = {drawn_lot.file for drawn_lot in sets["newest"]}
    passed = {drawn_lot.file for drawn_lot in sets["fresh"]}
    netted = [
        *_draw_netted(
            data, passed, {(drawn_lot.file, drawn_lot.lot.lot.id) for drawn in sets.values() for drawn_lot in drawn}
        )
    ]
    sets["fresh"] += (drawn_lot for drawn_lot in netted if drawn_lot.file not in newest)
    sets["newest"] += (replace(drawn_lot, half="newest") for drawn_lot in netted if drawn_lot.file in newest)
    sets["final"] = [*_draw_examples(data)]
    drawn = {(drawn_lot.file, drawn_lot.lot.lot.id) for drawn in sets.values() for drawn_lot in drawn}
    sets["final"] += (replace(drawn_lot, half="final") for drawn_lot in _draw_netted(data, set(), drawn))
    sets["fresh"] = [
        replace(drawn_lot, half=("studied", "unseen")[at % 2]) for at, drawn_lot in enumerate(sets["fresh"])
    ]
    return tuple(drawn_lot for drawn in sets.values() for drawn_lot in drawn)


def _draw_awarded(data: Path) -> dict[str, list[Drawn]]:
    quotas = {"awarded": dict(AWARDED), "fresh": dict(FRESH_AWARDED), "newest": dict(NEWEST_AWARDED)}
    sets: dict[str, list[Drawn]] = {name: [] for name in quotas}
    for file, lot in sorted(_lots(data, (Form.RESULT,)), key=lambda pair: draw_key(pair[0])):
        language = _language(lot)
        if name := next((name for name, left in quotas.items() if left.get(language, 0)), None):
            quotas[name][language] -= 1
            sets[name].append(Drawn(name, language, file, lot, "ict"))
    return sets


def _draw_netted(data: Path, passed: set[str], taken: set[tuple[str, str]]) -> Iterator[Drawn]:
    """A lot, not taken yet, of each notice not passed over: the first that the net catches."""
    caught: dict[str, tuple[str, OpenLot]] = {}
    for file, lot in _all_lots(data):
        if file not in passed and (file, lot.lot.id) not in taken and _language(lot) and _is_netted(lot):
            caught[file] = min(
                caught.get(file, (file, lot)), (file, lot), key=lambda drawn_lot: _order_of_lot(*drawn_lot)
            )
    for file in sorted(caught, key=draw_key):
        yield Drawn("fresh", _language(caught[file][1]), *caught[file], "ict")


def _draw_examples(data: Path) -> Iterator[Drawn]:
    """The examples of the eForms SDK that say something, one of each title."""
    titles: set[str] = set()
    for file, lot in sorted(_all_lots(data, ("eforms/sdk_examples",)), key=lambda drawn_lot: _order_of_lot(*drawn_lot)):
        words = [p.text.value for p in passages_of(lot) if p.place in (PassagePlace.TITLE, PassagePlace.DESCRIPTION)]
        if _language(lot) and len(" ".join(words)) >= 3 * LEAST and words[0] not in titles:
            titles.add(words[0])
            yield Drawn("final", _language(lot), file, lot)


def _is_netted(lot: OpenLot) -> bool:
    bought = [p.text.value for p in passages_of(lot) if p.place in (PassagePlace.TITLE, PassagePlace.DESCRIPTION)]
    codes = lot.lot.cpv or lot.notice.cpv
    return any(_NET.search(text) for text in bought) or any(code.code.startswith(_NET_CODES) for code in codes)


def _quotas(quotas: dict[str, tuple[int, int]]) -> dict[tuple[str, bool], int]:
    """By language and whether the criteria have words."""
    return {(language, worded): quota[not worded] for language, quota in quotas.items() for worded in (True, False)}


def _lots(data: Path, forms: tuple[Form, ...] = FORMS) -> Iterator[tuple[str, OpenLot]]:
    """A lot of each notice of these forms."""
    for file, lots in groupby(_all_lots(data), key=lambda drawn_lot: drawn_lot[0]):
        first = min(lots, key=lambda drawn_lot: _order_of_lot(*drawn_lot))
        if first[1].notice.form in forms:
            yield file, first[1]


def _all_lots(data: Path, folders: tuple[str, ...] = FOLDERS) -> Iterator[tuple[str, OpenLot]]:
    for folder in folders:
        for reading in read_path(data / folder):
            if notice := reading.notice:
                file = reading.path.relative_to(data).as_posix()
                yield from (
                    (file, OpenLot(notice.lot_uid(lot), lot, notice, (notice.publication,))) for lot in notice.lots
                )


def _order_of_lot(file: str, lot: OpenLot) -> str:
    return draw_key(f"{file} {lot.lot.id}")


def draw_key(name: str) -> str:
    """The position of a file, or of a lot of it, in the draw."""
    return hashlib.sha256(f"facets 1 {name}".encode()).hexdigest()


def _is_worded(lot: Lot) -> bool:
    return sum(len(t.value) for c in lot.criteria if c.use == "selection" for t in c.texts) >= LEAST


def _language(lot: OpenLot) -> str:
    texts = [passage.text for passage in passages_of(lot)]
    return language_of(max(texts, key=lambda text: len(text.value))) if texts else ""


def _names_a_language(lot: OpenLot) -> bool:
    return any(_TONGUES.search(p.text.value) for p in passages_of(lot) if p.place != PassagePlace.TITLE)


def shown(number: int, drawn: Drawn) -> Iterator[str]:
    """The words of a drawn lot, a line for each passage."""
    codes = " ".join(code.code for code in drawn.lot.lot.cpv or drawn.lot.notice.cpv)
    yield f"=== {number} {drawn.half} {drawn.language} {drawn.file} {drawn.lot.lot.id} {drawn.kinds} cpv {codes}"
    for passage in passages_of(drawn.lot):
        yield f"[{passage.place}{' ' + passage.code if passage.code else ''}] {passage.text.value}"


def main(arguments: list[str] | None = None) -> None:
    """Prints the draw, or the words of a stretch of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--show", type=int, nargs=2, metavar=("FROM", "TO"))
    options = parser.parse_args(arguments)
    for number, drawn_lot in enumerate(draw(options.data)):
        if options.show is None:
            print(number, drawn_lot.half, drawn_lot.language, drawn_lot.file, drawn_lot.lot.lot.id, drawn_lot.kinds)
        elif options.show[0] <= number < options.show[1]:
            print("\n".join(shown(number, drawn_lot)))


if __name__ == "__main__":
    main()
