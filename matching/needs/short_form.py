"""How a sentence that holds a need is made short: its lead-in left out, cut at a clause, in the words of the source.

Which sentences hold a need is needs/classifier.py's.
"""

from __future__ import annotations

import re

_LEAD = re.compile(
    r"^(?:(?:le|la|ce|cette)?\s?(?:présente?s? )?(?:marché|consultation|accord-cadre|procédure|concours)[^,.:]{0,60}?"
    r"(?:a pour objet|porte sur|concerne|consiste en|comprend)(?: notamment)?\s?:?\s*"
    r"|(?:les prestations|la mission)[^,.:]{0,40}?(?:consistent|consiste) à\s?:?\s*"
    r"|(?:de(?:ze)?|het voorwerp van de) opdracht[^,.:]{0,40}?"
    r"(?:heeft (?:betrekking op|tot doel)|betreft|omvat|is)\s?:?\s*"
    r"|(?:der |die )?(?:gegenstand|ziel)[^,.:]{0,60}?\b(?:ist|sind|umfasst)\s?:?\s*"
    r"|(?:beschafft werden soll(?:en)?)\s?:?\s*"
    r"|(?:the|this) (?:procurement|contract|scope|requirement|framework)[^,.:]{0,60}?"
    r"\b(?:includes|involves|covers|provides for|is for|is to)\s?:?\s*)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"\s(?:pour le compte d|dans le cadre d|ainsi que|afin d|permettant|conformément|ten behoeve van|overeenkomstig|"
    r"alsook|waarbij|zodat|gemäß|sowie|damit|in order to|in accordance|as well as|which )|;|\s\("
)
_LONGEST, _SHORTEST = 90, 20


def short_need(sentence: str) -> str:
    """A sentence without its lead-in ("the procurement includes"), cut at a clause, else at a word, when it is long."""
    bare = " ".join(sentence.split())
    led = _LEAD.sub("", bare).strip()
    text = led if len(led) >= _SHORTEST else bare
    clause = _CLAUSE.search(text, _SHORTEST)
    if clause and len(text) > _LONGEST:
        text = text[: clause.start()]
    if len(text) > _LONGEST:
        text = text[:_LONGEST].rsplit(" ", 1)[0].rstrip(",:;-– ") + "…"
    return text.rstrip(" .,:;–-") or bare
