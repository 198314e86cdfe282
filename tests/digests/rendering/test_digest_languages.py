"""The four catalogues are complete, and dates, hours and amounts read as each language writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import digests
import presentation
from digests.rendering.html import BLOCKS
from presentation.errors import DigestRefused
from presentation.i18n import CATALOGUES, Phrases
from presentation.languages import LOCALES, choose_language, choose_text, shorten_language
from tests.support.letters.digest_examples import make_member
from warehouse.model.notices import Deadline, DeadlineKind, Money, Text

ROOMS = tuple(Path(str(room.__file__)).parent for room in (digests, presentation))
HOLE = re.compile(r"\{\w+\}")
Sentence = str | tuple[str, ...]


@pytest.fixture(scope="module")
def sentences() -> set[Sentence]:
    """Every sentence of the code and the templates."""
    keywords = {"translate": None, "translatable": None, "translate_plural": (1, 2), "translatable_plural": (1, 2)}
    methods = [("**.py", "python"), ("templates/**.mjml", "jinja2")]
    options = {"templates/**.mjml": BLOCKS}
    return {
        found[2]
        for room in ROOMS
        for found in extract_from_dir(room, method_map=methods, options_map=options, keywords=keywords)
    }


def translations(language: str) -> dict[Sentence, Sentence]:
    with (CATALOGUES / language / "LC_MESSAGES" / "digests.po").open("rb") as source:
        catalogue = read_po(source, locale=language, abort_invalid=True)
    assert not any(message.fuzzy for message in catalogue if message.id)
    return {message.id: message.string for message in catalogue if message.id}  # type: ignore[misc]


def test_the_sentences_are_found(sentences: set[Sentence]) -> None:
    assert {"Closes within 7 days", ("Lot", "Lots"), "Why"} <= sentences


@pytest.mark.parametrize("language", LOCALES)
def test_a_catalogue_holds_every_sentence_and_no_other(language: str, sentences: set[Sentence]) -> None:
    assert translations(language).keys() == sentences


@pytest.mark.parametrize("language", LOCALES)
def test_a_translation_is_never_empty_and_keeps_the_placeholders(language: str) -> None:
    wrong = [source for source, target in translations(language).items() if not is_faithful(source, target)]
    assert wrong == []


def is_faithful(source: Sentence, target: Sentence) -> bool:
    sources = (source,) if isinstance(source, str) else source
    targets = (target,) if isinstance(target, str) else target
    wanted = sorted(HOLE.findall(sources[-1]))
    return len(sources) == len(targets) and all(t and sorted(HOLE.findall(t)) == wanted for t in targets)


def test_a_translation_without_its_placeholder_is_unfaithful() -> None:
    assert not is_faithful("{n} new", "neu")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fr", "vendredi 27 novembre 2026, 11:00 (heure de Bruxelles)"),
        ("nl", "vrijdag 27 november 2026, 11:00 (Brusselse tijd)"),
        ("en", "Friday, 27 November 2026, 11:00 (Brussels time)"),
        ("de", "Freitag, 27. November 2026, 11:00 Uhr (Brüsseler Zeit)"),
    ],
)
def test_a_deadline_names_weekday_hour_and_zone(language: str, expected: str) -> None:
    deadline = Deadline(datetime(2026, 11, 27, 10, tzinfo=UTC), DeadlineKind.TENDER, "Europe/Paris")
    assert Phrases(language).format_deadline(deadline) == expected


def test_a_publishers_offset_that_is_not_brussels_is_shown_in_both() -> None:
    at = datetime(2026, 11, 27, 11, tzinfo=timezone(timedelta(hours=2)))
    notified = Phrases("en").format_deadline(Deadline(at, DeadlineKind.TENDER, "+02:00"))
    assert notified == "Friday, 27 November 2026, 11:00 (UTC+02:00; 10:00 Brussels time)"


def test_another_day_in_brussels_is_shown() -> None:
    at = datetime(2026, 11, 27, 0, 30, tzinfo=timezone(timedelta(hours=4)))
    notified = Phrases("en").format_deadline(Deadline(at, DeadlineKind.TENDER, "+04:00"))
    assert "Thursday, 26 November 2026 21:30 Brussels time" in notified


def test_a_deadline_without_hour_says_so_and_keeps_the_publishers_day() -> None:
    at = datetime(2026, 11, 27, 22, 59, 59, tzinfo=UTC)
    deadline = Deadline(at, DeadlineKind.TENDER, "Europe/Brussels", hour_stated=False)
    assert Phrases("fr").format_deadline(deadline) == "vendredi 27 novembre 2026, heure non précisée"


@pytest.mark.parametrize(
    ("language", "amount", "expected"),
    [
        ("fr", "1250000", "1 250 000 €"),
        ("nl", "1250000", "€ 1.250.000"),
        ("en", "1250000", "€1,250,000"),
        ("de", "98500.5", "98.500,50 €"),
    ],
)
def test_an_amount_is_written_as_the_language_does_with_cents_only_where_there_are_some(
    language: str, amount: str, expected: str
) -> None:
    written = Phrases(language).format_money(Money(Decimal(amount), "EUR"))
    assert written.replace("\u202f", " ").replace("\xa0", " ") == expected


def test_a_letter_is_in_the_first_language_with_a_catalogue() -> None:
    assert choose_language(make_member(languages=("it", "nl", "fr"))) == "nl"


def test_a_member_whose_languages_have_no_catalogue_is_refused_by_name() -> None:
    with pytest.raises(DigestRefused, match=r"nuagera.*no catalogue for it"):
        choose_language(make_member(languages=("it",)))


def test_a_notice_in_two_languages_is_shown_in_the_readers() -> None:
    texts = (Text("Réseau", "FRA"), Text("Netwerk", "NLD"))
    shown = [choose_text(texts, language) for language in ("nl", "en")]
    assert shown == [texts[1], texts[0]]


@pytest.mark.parametrize(("written", "short"), [("FRA", "fr"), ("NL", "nl"), ("XXX", None), (None, None)])
def test_language_codes_become_those_of_html(written: str | None, short: str | None) -> None:
    assert shorten_language(written) == short
