"""Which lots are labelled by hand: the draw that bench/facets_guide.md states, and the words that whoever labels reads.

    python -m bench.facets_draw --data ../shared/notices             the lots, one a line
    python -m bench.facets_draw --data ../shared/notices --show 0 5  the words of some of them

Here is no extractor and no label: a draw that knew either would choose what it is good at.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from matching.language import language_of
from matching.passages import Place, passages_of
from scrapers.read import read_path
from warehouse.facts import Form, Lot, OpenLot

FOLDERS = ("eforms/published", "ted_r209")
FORMS = (Form.COMPETITION, Form.PLANNING, Form.CONSULTATION, Form.DIRECT_AWARD)
QUOTAS = {"fr": (30, 8), "nl": (13, 7), "de": (22, 6), "en": (10, 4)}
"""Per language, how many lots whose selection criteria have words, and how many whose have none."""
LATER = {"fr": (18, 0), "nl": (0, 5), "de": (13, 0), "en": (1, 3)}
"""The same for the lots that were drawn, and read for the first time, when the extractor was finished."""
LAST = {"fr": (20, 4), "nl": (0, 6), "de": (0, 4), "en": (0, 6)}
"""And again when the misses among those had been mended."""
AWARDED = {"fr": 30, "nl": 25, "de": 15, "en": 10}
"""Lots of result notices, read for their ICT alone: results ask nothing, but say what was bought."""
LEAST = 80
"""Fewer characters of selection criteria are "see the documents"."""

_TONGUES = re.compile(
    r"\b(?:fran[cç]ais\w*|n[ée]erland\w*|anglais\w*|allemand\w*|nederlands\w*|frans|franse|franstalig\w*|engels\w*|"
    r"duits\w*|deutsch\w*|franz[öo]sisch\w*|niederl[äa]ndisch\w*|englisch\w*|french|dutch|english|german|langues?|"
    r"\w*talig\w*|taal|talen|\w*sprache\w*|languages?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A lot of the labelled set. `half` is "design", "held-out", "later", "last" or "awarded"; `asked` the kinds
    labelled in it: "all", "language" for the lots drawn beside the hundred as few of those speak of languages,
    "not language" for what is left when those are taken out, "ict" for the awarded ones."""

    half: str
    language: str
    file: str
    lot: OpenLot
    asked: str = "all"


def draw(data: Path) -> tuple[Drawn, ...]:
    """The hundred lots, the same on every machine: notices by the SHA-256 of their file name, one lot of each, by the
    SHA-256 of its own name; until the quota of its language is full. Within a quota every second one is held out.
    Then every lot left that names a language or the word language, for the labels of languages alone; and of what is
    then left, by their own quotas, the lots read later."""
    left, later, latest = _quotas(QUOTAS), _quotas(LATER), _quotas(LAST)
    found: list[Drawn] = []
    beside: list[Drawn] = []
    after: list[Drawn] = []
    last: list[Drawn] = []
    for file, lot in sorted(_lots(data), key=lambda pair: order_of(pair[0])):
        key = (_language(lot), _is_worded(lot.lot))
        if left.get(key, 0):
            left[key] -= 1
            found.append(Drawn("held-out" if left[key] % 2 else "design", key[0], file, lot))
        elif key in left and _names_a_language(lot):
            beside.append(Drawn("held-out" if len(beside) % 2 else "design", key[0], file, lot, "language"))
        elif later.get(key, 0):
            later[key] -= 1
            after.append(Drawn("later", key[0], file, lot, "not language"))
        elif latest.get(key, 0):
            latest[key] -= 1
            last.append(Drawn("last", key[0], file, lot, "not language"))
    return (*found, *beside, *after, *last, *_draw_awarded(data))


def _draw_awarded(data: Path) -> Iterator[Drawn]:
    left = dict(AWARDED)
    for file, lot in sorted(_lots(data, (Form.RESULT,)), key=lambda pair: order_of(pair[0])):
        language = _language(lot)
        if left.get(language, 0):
            left[language] -= 1
            yield Drawn("awarded", language, file, lot, "ict")


def _quotas(quotas: dict[str, tuple[int, int]]) -> dict[tuple[str, bool], int]:
    """By language and whether the criteria have words."""
    return {(language, worded): quota[not worded] for language, quota in quotas.items() for worded in (True, False)}


def _lots(data: Path, forms: tuple[Form, ...] = FORMS) -> Iterator[tuple[str, OpenLot]]:
    for folder in FOLDERS:
        for reading in read_path(data / folder):
            notice = reading.notice
            if notice and notice.form in forms and notice.lots:
                file = reading.path.relative_to(data).as_posix()
                lot = min(notice.lots, key=lambda one, name=file: order_of(f"{name} {one.id}"))
                yield file, OpenLot(notice.lot_uid(lot), lot, notice, (notice.publication,))


def order_of(name: str) -> str:
    """Where a file, or a lot of it, stands in the draw."""
    return hashlib.sha256(f"facets 1 {name}".encode()).hexdigest()


def _is_worded(lot: Lot) -> bool:
    return sum(len(t.value) for c in lot.criteria if c.use == "selection" for t in c.texts) >= LEAST


def _language(lot: OpenLot) -> str:
    texts = [passage.text for passage in passages_of(lot)]
    return language_of(max(texts, key=lambda text: len(text.value))) if texts else ""


def _names_a_language(lot: OpenLot) -> bool:
    return any(_TONGUES.search(p.text.value) for p in passages_of(lot) if p.place != Place.TITLE)


def shown(number: int, one: Drawn) -> Iterator[str]:
    """The words of a drawn lot, a line for each passage."""
    codes = " ".join(code.code for code in one.lot.lot.cpv or one.lot.notice.cpv)
    yield f"=== {number} {one.half} {one.language} {one.file} {one.lot.lot.id} {one.asked} cpv {codes}"
    for passage in passages_of(one.lot):
        yield f"[{passage.place}{' ' + passage.code if passage.code else ''}] {passage.text.value}"


def main(arguments: list[str] | None = None) -> None:
    """Prints the draw, or the words of a stretch of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--show", type=int, nargs=2, metavar=("FROM", "TO"))
    asked = parser.parse_args(arguments)
    for number, one in enumerate(draw(asked.data)):
        if asked.show is None:
            print(number, one.half, one.language, one.file, one.lot.lot.id, one.asked)
        elif asked.show[0] <= number < asked.show[1]:
            print("\n".join(shown(number, one)))


if __name__ == "__main__":
    main()
