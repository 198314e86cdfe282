"""Certificates that a sentence requires, by one name each however they are written, and which replace one another."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from matching.text.multi_pattern import Spotter

_ISO = re.compile(
    r"\b(?:(?:NF|DIN|NBN|BS|NEN|ÖNORM|UNI|UNE|EN)[ -]{0,2}){0,3}ISO(?:[ /]?IEC|[ /]TS)?(?:[ -]?norm(?:e|en)?)?[ -]{0,2}"
    r"(?P<first>\d{4,5})(?P<rest>(?:(?::\d{4}|-\d(?!\d))?\s?(?:,|;|/|et/ou|en/of|und/oder|et|ou|en|of|und|oder|and|or|&)"
    r"\s?(?:(?:EN|DIN|NF)[ -]?)?(?:ISO[ -]?)?\d{4,5}\b){0,6})",
    re.IGNORECASE,
)
_RECOGNITION = re.compile(
    r"(?:agréation|agréé|agrément|erkenning|erkend)\b(?P<rest>.{0,160})", re.IGNORECASE | re.DOTALL
)
_RECOGNISED = ("agré", "erken")
_CLASS = re.compile(
    r"(?:catégorie|categorie|cat\.|sous-catégorie|ondercategorie|entrepreneurs\s?:|erkenning\s?:)?\s?\b"
    r"(?-i:(?P<category>[A-HK-NPSTUV]\d{0,2}))\b\.?[^.;]{0,70}?\b(?:classe|klasse|cl\.|kl\.)\s?(?P<level>[1-8])\b",
    re.IGNORECASE,
)
_CONTRACTORS = re.compile(
    r"agréation (?:et enregistrement )?des entrepreneurs|agréation (?:requise|exigée|en catégorie|comme entrepreneur)|"
    r"erkenning (?:en registratie )?van (?:de )?aannemers|vereiste erkenning|erkenning als aannemer|erkende? aannemer",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[\"“«„(]")
_HIGHER = {
    "ISO 9000": ("ISO 9001",),
    "ISO 14000": ("ISO 14001", "EMAS"),
    "OHSAS 18001": ("ISO 45001",),
    "VCA": ("VCA*", "VCA**"),
    "VCA*": ("VCA**",),
}
"""By which certificates another is met: the family by its member, the old standard by the one that took its place."""


@dataclass(frozen=True, slots=True)
class _CertificateTables:
    iso: frozenset[str]
    named: tuple[tuple[str, re.Pattern[str]], ...]
    any_named: Spotter
    unnamed: Spotter
    not_unnamed: Spotter
    quoted: re.Pattern[str]
    certifier: Spotter


@cache
def _tables() -> _CertificateTables:
    read = tomllib.loads((resources.files("matching.requirements") / "certificates.toml").read_text(encoding="utf-8"))
    before = read["before_a_name"]
    quoted = (
        rf"\b{before}\b[^.;()\"“«]{{0,60}}"
        rf"(?:[\"“«„]\s?(?P<quoted>[^\"”»“]{{2,40}})[\"”»“]|\((?P<letters>(?-i:[A-Z]{{2,6}}))\))"
    )
    return _CertificateTables(
        iso=frozenset(read["iso"].split()),
        named=tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in read["named"]),
        any_named=Spotter(pattern for _, pattern in read["named"]),
        unnamed=Spotter(read["unnamed"]),
        not_unnamed=Spotter(read["not_unnamed"], before=""),
        quoted=re.compile(quoted, re.IGNORECASE),
        certifier=Spotter(read["certifier"]),
    )


def certificates_in(sentence: str) -> tuple[str, ...]:
    """The certificates it names, each once; "" alone where it requires one without naming it."""
    tables = _tables()
    found = [*_iso_in(sentence), *_recognitions_in(sentence)]
    if tables.any_named.is_in(sentence):
        found += [name for name, pattern in tables.named if pattern.search(sentence)]
    if _MARKS.search(sentence):
        found += [_tidy(hit["quoted"] or hit["letters"]) for hit in tables.quoted.finditer(sentence)]
    if found:
        return tuple(dict.fromkeys(name for name in found if name))
    is_required = tables.unnamed.is_in(sentence) and not tables.not_unnamed.is_in(sentence)
    return ("",) if is_required else ()


def may_name_certificates(text: str) -> bool:
    """Whether some sentence of a text can name or require one."""
    tables, low = _tables(), text.lower()
    return (
        "iso" in low
        or any(word in low for word in _RECOGNISED)
        or tables.any_named.is_in(text)
        or tables.unnamed.is_in(text)
        or tables.quoted.search(text) is not None
    )


def buys_certifying(sentence: str) -> bool:
    """Whether it is about the certification of others: in a description the certificates are then not the
    tenderer's."""
    return _tables().certifier.is_in(sentence)


def _tidy(name: str) -> str:
    """A name in quotes without its marks, unless it is a sentence."""
    bare = " ".join(re.sub(r"[®™]", "", name).split())
    return bare if len(bare.split()) <= 4 else ""


def _iso_in(sentence: str) -> list[str]:
    found: list[str] = []
    for hit in _ISO.finditer(sentence) if "iso" in sentence.lower() else ():
        numbers = [hit["first"], *re.findall(r"(?<![:\d])\d{4,5}", hit["rest"])]
        found += ["OHSAS 18001" if n == "18001" else f"ISO {n}" for n in numbers if n == "18001" or n in _tables().iso]
    return found


def _recognitions_in(sentence: str) -> list[str]:
    """The Belgian recognition of contractors (law of 20 March 1991): a category and a class of 1 to 8, or the bare
    demand for one."""
    found: list[str] = []
    if not any(word in sentence.lower() for word in _RECOGNISED):
        return found
    for hit in _RECOGNITION.finditer(sentence):
        class_match = _CLASS.search(hit["rest"])
        if class_match:
            found.append(f"agréation {class_match['category'].upper()} {class_match['level']}")
    if not found and _CONTRACTORS.search(sentence):
        found.append("agréation")
    return found


def meets(held: str, required: str) -> bool:
    """Whether one certificate replaces another: the same by whatever edition, a higher class of the same category of
    recognition, the standard that replaced another."""
    mine, theirs = _canonical(held), _canonical(required)
    if mine == theirs or mine in _HIGHER.get(theirs, ()):
        return True
    my_class, their_class = _class_of(mine), _class_of(theirs)
    if my_class is None or their_class is None:
        return False
    return my_class[0] == their_class[0] and my_class[1] >= their_class[1]


def _canonical(name: str) -> str:
    """One spelling: "NBN EN ISO/IEC 27001:2022" is "ISO 27001"."""
    read = certificates_in(name)
    return read[0] if len(read) == 1 and read[0] else " ".join(name.split())


def _class_of(name: str) -> tuple[str, int] | None:
    class_match = re.fullmatch(r"agréation ([A-Z]\d{0,2}) ([1-8])", name)
    return (class_match[1], int(class_match[2])) if class_match else None
