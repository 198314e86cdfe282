"""The organisations of a notice as the parties of an OCDS release: each once, with all its roles.

A party is identified by its registration number where its check digits hold, else by its key inside its notice: two
notices with one number have the same party.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from warehouse.codes.company_numbers import check_company_number
from warehouse.model.notices import Buyer, Organisation, Text

Json = dict[str, Any]

SCHEMES = {"BE": "BE-BCE_KBO", "FR": "FR-INSEE", "LU": "LU-RCS"}
"""Registers by the names of org-id.guide. Luxembourg's VAT and national numbers are of no register there."""

LANGUAGES = {
    "BUL": "bg", "CES": "cs", "DAN": "da", "DEU": "de", "ELL": "el", "ENG": "en", "EST": "et", "FIN": "fi", "FRA": "fr",
    "GLE": "ga", "HRV": "hr", "HUN": "hu", "ISL": "is", "ITA": "it", "LAV": "lv", "LIT": "lt", "LTZ": "lb", "MLT": "mt",
    "NLD": "nl", "NOR": "no", "POL": "pl", "POR": "pt", "RON": "ro", "SLK": "sk", "SLV": "sl", "SPA": "es", "SWE": "sv",
}  # fmt: skip
"""ISO 639-3 as eForms writes it, to the ISO 639-1 of OCDS."""


@dataclass(slots=True)
class Parties:
    """The parties of one release, collected while its parts are written. `notice` is the identifier (BT-701) and
    `language` the main language of the notice, as OCDS writes it."""

    notice: str
    language: str | None
    by_id: dict[str, Json] = field(default_factory=dict[str, Json])
    _keys: dict[Organisation, str] = field(default_factory=dict[Organisation, str])

    def refer(self, organisation: Organisation, role: str) -> Json:
        """The reference to an organisation that has this role."""
        key = self._keys.get(organisation) or self._add(organisation)
        party = self.by_id[key]
        if role not in party["roles"]:
            party["roles"].append(role)
        return bare({"id": key, "name": party.get("name")})

    def buy(self, buyer: Buyer) -> Json:
        """The reference to a buyer, whose legal type (BT-11) and activity (BT-10) become classifications."""
        reference = self.refer(buyer.organisation, "buyer")
        kinds = (("eu-buyer-legal-type", buyer.legal_type), ("eu-main-activity", buyer.activity))
        by_id = [{"scheme": scheme, "id": code} for scheme, code in kinds if code]
        if by_id:
            self.by_id[reference["id"]].setdefault("details", {})["classifications"] = by_id
        return reference

    def _add(self, organisation: Organisation) -> str:
        checked = check_company_number(organisation.company_number, organisation.country)
        known = checked.number is not None and checked.is_valid is not False
        wanted = checked.number if known and checked.number else f"{self.notice}:{organisation.id}"
        key = wanted
        if not known:  # a publisher may give one key to several organisations
            key = next(k for k in _numbered(wanted) if k not in self.by_id)
        self._keys[organisation] = key
        self.by_id.setdefault(key, self._party(key, organisation, checked.number if known else None))
        return key

    def _party(self, key: str, organisation: Organisation, number: str | None) -> Json:
        region = organisation.nuts.code if organisation.nuts else None
        address = bare({"locality": organisation.city, "region": region, "countryName": organisation.country})
        names = worded("name", organisation.names, self.language)
        identifier = {
            "scheme": SCHEMES.get(number[:2]) if number else None,
            "id": number[2:] if number else organisation.company_number,
            "legalName": names.get("name"),
        }
        return bare({
            "id": key,
            **names,
            "identifier": bare(identifier) if identifier["id"] else None,
            "address": address,
            "details": bare({"scale": organisation.size}),
            "roles": list[str](),
        }, keep=("roles",))  # fmt: skip


def _numbered(name: str) -> Any:
    yield name
    at = 2
    while True:
        yield f"{name}-{at}"
        at += 1


def bare(content: Json, keep: tuple[str, ...] = ()) -> Json:
    """Without what is not stated: None, and empty texts, lists and objects."""
    return {
        name: value
        for name, value in content.items()
        if name in keep or (value is not None and value not in ("", [], {}))
    }


def worded(name: str, texts: tuple[Text, ...], main: str | None) -> Json:
    """Texts as a field in the main language and its translations ("title", "title_nl"). What is in no known language,
    or in the main one, is the field itself; several texts of one language become its lines."""
    lines: dict[str | None, list[str]] = {}
    for text in texts:
        words = text.value.replace("\0", "").strip()
        language = LANGUAGES.get(text.language or "")
        if words:
            lines.setdefault(None if language == main else language, []).append(words)
    if lines and None not in lines:
        lines = {None: lines.pop(next(iter(lines))), **lines}
    return {f"{name}_{lang}" if lang else name: "\n".join(words) for lang, words in lines.items()}
