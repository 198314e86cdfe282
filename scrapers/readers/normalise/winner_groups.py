"""Names that hold a group of firms, or a firm's part in one, become organisations, each with how it was recognised.

Publishers write a whole group into one name ("Groupement A (mandataire) / B / C", "Association momentanée A — B") or a
role into a firm's ("A - cotraitant"). The name as published is kept beside what was made of it. A name that only
resembles a group ("Shaylor Group plc", "Groupement Mosaic") stays: nothing is split without a separator.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from warehouse.model.notices import Organisation, TenderingParty, Text

GROUP_NAME = "group-name"

_KIND = (
    r"groupement|[ée]quipe|consortium|association momentan[ée]e|soci[ée]t[ée] momentan[ée]e"
    r"|tijdelijke (?:handels)?vereniging|tijdelijke maatschap|combinatie|arge|arbeitsgemeinschaft|bietergemeinschaft"
    r"|raggruppamento temporaneo|rti|ati|ute"
    r"|s\.m\.|a\.m\.|t\.?h\.?v\.?|joint venture"
)
_PREFIX = re.compile(
    rf"^(?:rang \d+\s+)?(?:{_KIND})\b\.?"
    r"(?:\s+(?:conjoint|solidaire|momentan[ée]|d['’]entreprises|mandataire|de))*\s*[:\-–—]?\s*",
    re.IGNORECASE,
)
"""TED 293453-2017 "Groupement conjoint", 255793-2018 "Rang 2 groupement mandataire", 429424-2016 "Association
momentanée", 471831-2021 "Arge"."""

_LEAD = re.compile(
    r"[\s(\-–—]*\b(?:mandataire|mandataria|chef de file|group leader|lead(?: partner)?|federf[üu]hrend)\b"
    r"(?:\s+(?:du groupement|solidaire|d['’]entreprises|conjoint))*[\s)]*",
    re.IGNORECASE,
)
_MEMBER = re.compile(
    r"[\s(\-–—]*\b(?:co-?\s?traitante?s?|mandanti|mandante|membre|partner)\b(?:\s+\d+\b)?[\s:)]*", re.IGNORECASE
)
_HELPER = re.compile(r"[\s(\-–—]*\bsous-?\s?traitante?s?\b[\s:)]*", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*(?:(?<!c)(?<!a)/(?!o\b)|;|\s[—–]\s|\s-\s|\s\+\s)\s*")
_INSIDE = re.compile(r"^.*\bconsortium\b.*?\s*\((?P<members>[^()]*\b(?:and|et|en|und)\b[^()]*)\)$", re.IGNORECASE)
"""TED 31010-2017: "CU@EP Consortium (CSC Computer Sciences SNC and Unisystems S.A.)"."""

_AND = re.compile(r"\s*,\s*|\s+(?:and|et|en|und)\s+", re.IGNORECASE)
_LEGAL_FORM = re.compile(
    r"s\.?a\.?s?\.?|s\.?a\.?r\.?l\.?|s\.?n\.?c\.?|s\.?r\.?l\.?|n\.?v\.?|b\.?v\.?|gmbh|ag", re.IGNORECASE
)
_MARKED = re.compile(rf"\b(?:{_KIND}|mandataire|mandataria|co-?\s?traitant|group leader)\b", re.IGNORECASE)


def split_group(party: TenderingParty) -> TenderingParty:
    """The party with the firms its names hold: the lead first, each firm once, named subcontractors apart."""
    if not party.name and all(_is_plain(firm) for firm in (*party.organisations, *party.subcontractors)):
        return party  # as nearly all are
    found: list[tuple[bool, Organisation]] = []
    helpers = list(party.subcontractors)
    for organisation in party.organisations:
        for is_lead, is_helper, firm in _take_apart(organisation):
            if is_helper:
                helpers.append(firm)
            else:
                found.append((is_lead, firm))
    if len(found) == 1 and party.name:
        found += _named_beside(found[0][1], party.name)
    found.sort(key=lambda one: not one[0])
    return replace(party, organisations=_each_once(firm for _, firm in found), subcontractors=_each_once(helpers))


def _is_plain(firm: Organisation) -> bool:
    return firm.recognised != GROUP_NAME and not (firm.names and _MARKED.search(firm.names[0].value))


def _take_apart(organisation: Organisation) -> list[tuple[bool, bool, Organisation]]:
    """The firms in an organisation's name, each with whether it leads and whether it is a subcontractor. The number,
    place and size are the lead's, or the first's."""
    written = organisation.names[0].value if organisation.names else ""
    if not _MARKED.search(written):
        return [(False, False, organisation)]
    pieces = _parts(written)
    parts = [read for piece in pieces if (read := _read_part(piece))]
    if len(parts) != len(pieces):  # too irregular to split (TED 393691-2016): nothing is better than half of it
        return [(False, False, organisation)]
    if len(parts) == 1:
        name, is_lead, _ = parts[0]
        if name == written or _PREFIX.match(written):
            return [(is_lead, False, organisation)]
        return [(is_lead, False, _renamed(organisation, name, written))]
    owner = next((at for at, part in enumerate(parts) if part[1]), 0)
    language = organisation.names[0].language
    return [
        (
            is_lead,
            is_helper,
            replace(_renamed(organisation, name, written), recognised=GROUP_NAME)
            if at == owner
            else Organisation(
                f"{organisation.id}/{at + 1}", (Text(name, language),), recognised=GROUP_NAME, written=written
            ),
        )
        for at, (name, is_lead, is_helper) in enumerate(parts)
    ]


def _renamed(organisation: Organisation, name: str, written: str) -> Organisation:
    names = (replace(organisation.names[0], value=name), *organisation.names[1:])
    return replace(organisation, names=names, written=written)


def _parts(written: str) -> list[str]:
    """The pieces of a name between its separators; the whole where a role is at its end only."""
    inside = _INSIDE.match(written)
    if inside:
        return _AND.split(inside["members"])
    bare = _PREFIX.sub("", written)
    if bare == written and not _names_several(written):
        return [written]
    pieces = [piece for piece in _SEPARATOR.split(bare) if piece.strip(" ()")]
    kept: list[str] = []
    for piece in pieces:
        if kept and _is_role(piece):
            kept[-1] = f"{kept[-1]} - {piece}"  # "TERELIAN - mandataire": the role belongs to the name before
        else:
            kept.append(piece)
    return kept


def _names_several(written: str) -> bool:
    """Whether a role is between names, not only at the end of one: "A (mandataire) — B — C" names three, and
    "Soletanche Bachy - S.A.S. - cotraitant" (TED 536356-2024) one."""
    roles = [found for role in (_LEAD, _MEMBER, _HELPER) for found in role.finditer(written)]
    return len(roles) > 1 or any(written[found.end() :].strip(" ()-–—") for found in roles)


def _is_role(piece: str) -> bool:
    """Whether a piece is a role alone, or a legal form: it belongs to the name before."""
    rest = _HELPER.sub("", _MEMBER.sub("", _LEAD.sub("", piece))).strip(" ()-–—")
    return not rest or bool(_LEGAL_FORM.fullmatch(rest))


def _read_part(piece: str) -> tuple[str, bool, bool] | None:
    """A firm's name without its role, whether it leads, whether it only helps; None where nothing is left."""
    is_lead, is_helper = bool(_LEAD.search(piece)), bool(_HELPER.search(piece))
    name = _HELPER.sub(" ", _MEMBER.sub(" ", _LEAD.sub(" ", piece)))
    name = " ".join(name.split()).strip(" -–—,:")
    if name.count("(") != name.count(")"):
        name = name.strip("()").strip()
    if len(name) < 2 or name.count("(") != name.count(")"):
        return None
    return name, is_lead, is_helper


def _named_beside(firm: Organisation, party: str) -> list[tuple[bool, Organisation]]:
    """Firms that the party's own name holds besides the only one stated."""
    if not _MARKED.search(party):
        return []
    parts = [read for piece in _parts(party) if (read := _read_part(piece))]
    others = [(name, is_lead) for name, is_lead, is_helper in parts if not is_helper and not _is_like(name, firm)]
    if len(others) != len(parts) - 1 or not others:
        return []
    return [
        (is_lead, Organisation(f"{firm.id}/{at}", (Text(name),), recognised=GROUP_NAME, written=party))
        for at, (name, is_lead) in enumerate(others, 2)
    ]


def _is_like(name: str, firm: Organisation) -> bool:
    folded = _fold(name)
    return any(folded in (known := _fold(text.value)) or known in folded for text in firm.names)


def _each_once(firms: Iterable[Organisation]) -> tuple[Organisation, ...]:
    """All that are stated; of those found in names, each once and none that is stated."""
    every = list(firms)
    known = {_fold(firm.names[0].value) for firm in every if firm.recognised != GROUP_NAME and firm.names}
    kept: list[Organisation] = []
    for firm in every:
        if firm.recognised == GROUP_NAME and firm.names:
            if _fold(firm.names[0].value) in known:
                continue
            known.add(_fold(firm.names[0].value))
        kept.append(firm)
    return tuple(kept)


def _fold(name: str) -> str:
    lowered = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in lowered if sign.isalnum())
