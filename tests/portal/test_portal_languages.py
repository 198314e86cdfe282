"""The portal's catalogues are complete: every sentence of the pages is in them, or in those of the letters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import portal
import presentation.i18n
from portal.web.i18n import CATALOGUES, PagePhrases
from presentation.languages import LOCALES

HOLE = re.compile(r"\{\w+\}")
Sentence = str | tuple[str, ...]


@pytest.fixture(scope="module")
def sentences() -> set[Sentence]:
    """Every sentence of the code and the templates."""
    keywords = {"translate": None, "translatable": None, "translate_plural": (1, 2), "translatable_plural": (1, 2)}
    methods = [("**.py", "python"), ("templates/**.j2", "jinja2")]
    room = Path(portal.__file__).parent
    return {found[2] for found in extract_from_dir(room, method_map=methods, options_map={}, keywords=keywords)}


def read(path: Path, language: str) -> dict[Sentence, Sentence]:
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language, abort_invalid=True)
    return {message.id: message.string for message in catalogue if message.id}  # type: ignore[misc]


def own(language: str) -> dict[Sentence, Sentence]:
    return read(CATALOGUES / language / "LC_MESSAGES" / "portal.po", language)


@pytest.mark.parametrize("language", LOCALES)
def test_every_sentence_is_in_one_of_the_two_catalogues(language: str, sentences: set[Sentence]) -> None:
    letters = read(presentation.i18n.CATALOGUES / language / "LC_MESSAGES" / "digests.po", language)
    assert sentences - own(language).keys() - letters.keys() == set()
    assert {"Open calls", "With whom", ("{n} day", "{n} days")} <= sentences


@pytest.mark.parametrize("language", LOCALES)
def test_no_catalogue_holds_a_sentence_that_nobody_says(language: str, sentences: set[Sentence]) -> None:
    assert own(language).keys() - sentences == set()


@pytest.mark.parametrize("language", LOCALES)
def test_a_translation_is_never_empty_and_keeps_the_placeholders(language: str) -> None:
    wrong = [source for source, target in own(language).items() if not is_faithful(source, target)]
    assert wrong == []


def is_faithful(source: Sentence, target: Sentence) -> bool:
    sources = (source,) if isinstance(source, str) else source
    targets = (target,) if isinstance(target, str) else target
    wanted = sorted(HOLE.findall(sources[-1]))
    return len(sources) == len(targets) and all(t and sorted(HOLE.findall(t)) == wanted for t in targets)


def test_phrases_of_the_letters_are_reused() -> None:
    assert (
        PagePhrases("nl").translate("With whom")
        == presentation.i18n.Phrases("nl").translate("With whom")
        != "With whom"
    )
