"""A TED search row from a notice of the old schema (TED_EXPORT, R2.0.8 and R2.0.9): the few fields derivable."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from scrapers.sandbox.leaves import Element, local_name
from scrapers.sandbox.publishers.eforms_row import Row, links

COUNTRIES = {
    "AT": "AUT", "BE": "BEL", "BG": "BGR", "CH": "CHE", "CY": "CYP", "CZ": "CZE", "DE": "DEU", "DK": "DNK",
    "EE": "EST", "ES": "ESP", "FI": "FIN", "FR": "FRA", "GR": "GRC", "EL": "GRC", "HR": "HRV", "HU": "HUN",
    "IE": "IRL", "IS": "ISL", "IT": "ITA", "LI": "LIE", "LT": "LTU", "LU": "LUX", "LV": "LVA", "MK": "MKD",
    "MT": "MLT", "NL": "NLD", "NO": "NOR", "PL": "POL", "PT": "PRT", "RO": "ROU", "SE": "SWE", "SI": "SVN",
    "SK": "SVK", "UK": "GBR", "GB": "GBR",
}  # fmt: skip
LANGUAGES = {"FR": "fra", "NL": "nld", "EN": "eng", "DE": "deu"}
FORMS = {
    **dict.fromkeys("0BP", "planning"),
    **dict.fromkeys("23ACDHMOQ", "competition"),
    **dict.fromkeys("7JR", "result"),
    "K": "cont-modif",
    "V": "dir-awa-pre",
}
"""TD_DOCUMENT_TYPE to the form eForms would call it. Inferred; a corrigendum (2) counts as what it mostly corrects."""
NATURES = {"1": "works", "2": "supplies", "4": "services"}
"""NC_CONTRACT_NATURE."""


def is_ted_export(root: Element) -> bool:
    """Whether the root is TED_EXPORT."""
    return local_name(root) == "TED_EXPORT"


def export_publication_of(root: Element) -> tuple[str, date] | None:
    """("105195-2022", its day), or None."""
    number = root.get("DOC_ID", "").lstrip("0")
    day = _first(root, "DATE_PUB")
    if not number or day is None or not (day.text or "").strip().isdigit():
        return None
    return number, datetime.strptime((day.text or "").strip(), "%Y%m%d").replace(
        tzinfo=ZoneInfo("Europe/Brussels")
    ).date()


def read_export_row(root: Element) -> Row:
    """Number, day, country, buyer, title, CPV, form and nature; absent where not stated."""
    published = export_publication_of(root)
    if published is None:
        return {}
    number, day = published
    zone = datetime.combine(day, time(), ZoneInfo("Europe/Brussels")).strftime("%z")
    language = _first(root, "LG_ORIG")
    codes = [code.get("CODE", "") for code in root.findall(".//{*}ORIGINAL_CPV")]
    row: Row = {
        "publication-number": number,
        "publication-date": f"{day.isoformat()}{zone[:3]}:{zone[3:]}",
        "official-language": [_language(part).upper() for part in (language.text or "").split()]
        if language is not None
        else [],
        "buyer-country": _country(root),
        "organisation-country-buyer": _country(root),
        "buyer-name": _buyers(root),
        "notice-title": _titles(root),
        "classification-cpv": codes,
        "main-classification-proc": codes[:1],
        "form-type": FORMS.get(_code(root, "TD_DOCUMENT_TYPE")),
        "contract-nature": [nature] if (nature := NATURES.get(_code(root, "NC_CONTRACT_NATURE"))) else [],
        "links": links(number, []),
    }
    return {name: value for name, value in row.items() if value not in (None, [], {}, "")}


def _first(root: Element, name: str) -> Element | None:
    return next(iter(root.findall(f".//{{*}}{name}")), None)


def _code(root: Element, name: str) -> str:
    found = _first(root, name)
    return found.get("CODE", "") if found is not None else ""


def _language(code: str) -> str:
    return LANGUAGES.get(code, code.lower())


def _country(root: Element) -> list[str]:
    found = _first(root, "ISO_COUNTRY")
    code = found.get("VALUE", "") if found is not None else ""
    return [COUNTRIES.get(code, code)] if code else []


def _buyers(root: Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in root.findall(".//{*}ML_AA_NAMES/{*}AA_NAME"):
        text = "".join(name.itertext()).strip()
        if text and _language(name.get("LG", "")) in LANGUAGES.values():
            found.setdefault(_language(name.get("LG", "")), []).append(text)
    return found


def _titles(root: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for title in root.findall(".//{*}ML_TITLES/{*}ML_TI_DOC"):
        language = _language(title.get("LG", ""))
        parts = (_own_text(title, name) for name in ("TI_CY", "TI_TOWN", "TI_TEXT"))
        if language in LANGUAGES.values():
            found[language] = " – ".join(part for part in parts if part)
    return found


def _own_text(title: Element, name: str) -> str:
    return " ".join(text for found in title.findall(f"{{*}}{name}") for text in "".join(found.itertext()).split())
