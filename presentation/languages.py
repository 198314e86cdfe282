"""The languages of letters and of notices: which have a catalogue, and the codes that publishers use."""

from __future__ import annotations

from presentation.errors import DigestRefused
from warehouse.model.members import Member
from warehouse.model.notices import Text

LOCALES = {"fr": "fr_BE", "nl": "nl_BE", "en": "en_GB", "de": "de_BE"}
"""The languages that have a catalogue, and the Babel locale of their dates and amounts."""

_OFFICIAL = (
    "BUL bg|CES cs|DAN da|DEU de|ELL el|ENG en|EST et|FIN fi|FRA fr|GLE ga|HRV hr|HUN hu|ITA it|LAV lv|LIT lt|MLT mt|"
    "NLD nl|POL pl|POR pt|RON ro|SLK sk|SLV sl|SPA es|SWE sv"
)
_SHORT = {pair[:3]: pair[4:] for pair in _OFFICIAL.split("|")}
"""ISO 639-3 (used by eForms) to ISO 639-1, for the 24 official languages of the EU."""


def choose_language(member: Member) -> str:
    """The first of the member's languages that has a catalogue. Raises DigestRefused when none has."""
    for language in member.languages:
        if language in LOCALES:
            return language
    raise DigestRefused(
        f"member {member.id}: no catalogue for {', '.join(member.languages) or 'no language'}; "
        f"give it one of {', '.join(LOCALES)}, or add presentation/locale/<language>"
    )


def shorten_language(written: str | None) -> str | None:
    """The ISO 639-1 code ("fr") of "FRA" or "FR", for `lang` attributes; None for no code and for languages that are
    not official in the EU."""
    if not written:
        return None
    if written.lower() in _SHORT.values():
        return written.lower()
    return _SHORT.get(written.upper())


def choose_text(texts: tuple[Text, ...], language: str) -> Text | None:
    """The text in `language` (ISO 639-1), else the first text; None when there is none."""
    own = (text for text in texts if shorten_language(text.language) == language)
    return next(own, texts[0] if texts else None)
