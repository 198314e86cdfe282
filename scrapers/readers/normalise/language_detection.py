"""The language of words whose publisher declared none, detected from the words: French, Dutch, German, English, or
none.

Only undeclared texts are examined, and the result is marked as detected; a declared language is trusted.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from warehouse.model.notices import Text

_CODES = {"fr": "FRA", "nl": "NLD", "de": "DEU", "en": "ENG"}
_OFFICIAL = "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv no is"
"""What notices of TED are written in: a Polish text is not to be taken for the nearest of the four."""

_SURE = 0.9
"""The least share of likelihood; titles of two words seldom reach it and stay undeclared."""

_MOST = 600
"""Characters examined: more changes nothing."""


class _Detector(Protocol):
    def classify(self, text: str) -> tuple[str, float]: ...


@lru_cache(maxsize=1)
def _detector() -> _Detector:
    """Loaded at the first undeclared text, for most notices declare all."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    detector = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    detector.set_languages(_OFFICIAL.split())
    return detector


def name_language(text: Text) -> Text:
    """The text with its language, where it declares none and one can be detected."""
    if text.language is not None or not any(sign.isalpha() for sign in text.value):
        return text
    language, likelihood = _detector().classify(text.value[:_MOST])
    if language not in _CODES or likelihood < _SURE:
        return text
    return Text(text.value, _CODES[language], detected=True)
