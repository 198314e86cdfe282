"""Seven calls are read on a telephone in six screens at most: what a real browser makes of the letter."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digests.rendering.mime import render_html
from presentation.digest_model import Digest
from tests.support.letters.digest_examples import (
    NIGHT,
    compose,
    make_consortium,
    make_lot,
    make_match_result,
    make_member,
)
from tests.support.letters.rendered_letters import PORTAL

if TYPE_CHECKING:
    from tests.support.letters.letter_screen import LetterScreen

pytestmark = pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")),
    reason="no chromium and chromedriver here: apt-get install chromium chromium-driver",
)

WORDS = (
    "La province cherche un prestataire pour l'exploitation, la supervision et la maintenance évolutive de son centre "
    "de données, de ses réseaux et de ses applications métier, avec une astreinte de jour comme de nuit."
)


@pytest.fixture(scope="module")
def screen() -> Iterator[LetterScreen]:
    from tests.support.letters.letter_screen import letter_screen

    with letter_screen() as opened:
        yield opened


def seven_calls(language: str) -> Digest:
    """Seven calls, three of them to answer with others, each with a description and a long title."""
    lots = [
        make_lot(str(n), f"{n}. Exploitation et maintenance du centre de données provincial", description=WORDS)
        for n in range(1, 8)
    ]
    moved = [
        replace(lot, lot=replace(lot.lot, deadline=replace(lot.lot.deadline, at=NIGHT + timedelta(days=5 + n))))  # type: ignore[type-var]
        for n, lot in enumerate(lots)
    ]
    results = [make_match_result(lot, 0.8, *([make_consortium(lot)] if n < 3 else [])) for n, lot in enumerate(moved)]
    digest = compose(*zip(moved, results, strict=True), member=make_member(languages=(language,)))
    assert digest
    return replace(digest, key_manifest="ab" * 32)


@pytest.mark.parametrize("language", ["fr", "nl", "en", "de"])
def test_a_letter_of_seven_calls_is_short_on_a_telephone(screen: LetterScreen, tmp_path: Path, language: str) -> None:
    html = render_html(seven_calls(language), PORTAL)
    measured = screen.measure(language, html, tmp_path, width=375)
    assert len(measured.heads) == 7
    assert measured.glance + sum(measured.heads) <= 2_600
    assert measured.height <= 5_000
    assert measured.width <= 375
    assert len(html.encode()) < 102_000


def test_a_letter_fits_a_desktop_and_a_dark_screen(screen: LetterScreen, tmp_path: Path) -> None:
    html = render_html(seven_calls("fr"), PORTAL)
    sizes = [screen.measure("dark", html, tmp_path, width=width, scheme="dark") for width in (375, 1280)]
    assert sizes[0].height <= 5_000
    assert (sizes[1].width <= 1280, sizes[1].height < sizes[0].height) == (True, True)
