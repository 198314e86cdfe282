"""A workspace of Belgium's e-Procurement from eForms notices: every key of the rows recorded in January 2026.

Lots are called "<dossier> - <number>" and deadlines have no zone, as at the publisher's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import cast

from scrapers.sandbox.embedded.ubl import ZONE
from scrapers.sandbox.published_notices import BosaWorkspace, Version
from scrapers.sandbox.publishers.eforms_row import Row

LANGUAGES = {"FRA": "FR", "NLD": "NL", "DEU": "DE", "ENG": "EN"}
PROCEDURES = {
    "open": "OPEN",
    "restricted": "RESTRICTED",
    "neg-w-call": "NEG_W_CALL_24",
    "neg-wo-call": "NEG_WO_CALL_24",
}


def compose_workspace(number: str, row_versions: Iterable[tuple[Mapping[str, object], Version]]) -> BosaWorkspace:
    """A workspace from the TED search rows of its notices and their versions, oldest first."""
    rows, versions = zip(*sorted(row_versions, key=lambda code: code[1].day), strict=True)
    row = cast("Mapping[str, object]", rows[-1])
    days = [version.day for version in cast("tuple[Version, ...]", versions)]
    reference = str(row.get("internal-identifier-proc") or number[:8])
    moments = [f"{day.isoformat()}T08:45:00.015911" for day in days]
    return BosaWorkspace(
        number,
        {
            **_codes(row),
            "dispatchDate": days[-1].isoformat(),
            "dossier": _dossier(row, reference),
            "insertionDate": days[0].isoformat(),
            "lots": _lots(row, reference),
            "natures": [str(row.get("contract-nature-main-proc") or "services").upper()],
            "noticeIds": [str(code["notice-identifier"]) for code in cast("tuple[Row, ...]", rows)],
            "noticeSubType": row.get("notice-subtype"),
            "nutsCodes": sorted({n for n in _listed(row, "place-of-performance") if n.startswith("BE") and len(n) > 3}),
            "organisation": {
                "organisationId": sum(map(ord, reference)),
                "organisationNames": _every_language(row.get("buyer-name")),
                "tree": "200004.200036.1",
            },
            "procedureId": row.get("procedure-identifier"),
            "publicationDate": days[-1].isoformat(),
            "publicationLanguages": [LANGUAGES.get(code, code) for code in _listed(row, "official-language")],
            "publicationReferenceNumbersBDA": [f"{reference}_pub01"],
            "publicationReferenceNumbersTED": [],
            "publicationType": "ACTIVE",
            "publicationWorkspaceId": number,
            "publishedAt": moments,
            "referenceNumber": f"{reference}_pub01",
            "sentAt": moments,
            "tedPublished": False,
            "vaultSubmissionDeadline": _deadline(row, days[-1]),
        },
        cast("tuple[Version, ...]", versions),
    )


def _codes(row: Mapping[str, object]) -> Row:
    main, *more = [*_listed(row, "main-classification-proc"), *_listed(row, "additional-classification-proc")] or [""]
    found: Row = {"cpvMainCode": {"code": main, "descriptions": []}} if main else {}
    found["cpvAdditionalCodes"] = [{"code": code, "descriptions": []} for code in more]
    return found


def _dossier(row: Mapping[str, object], reference: str) -> Row:
    return {
        "accreditations": {},
        "descriptions": _by_language(row.get("description-proc")),
        "enterpriseCategories": [],
        "legalBasis": "D24",
        "number": reference,
        "procurementProcedureType": PROCEDURES.get(str(row.get("procedure-type")), "OPEN"),
        "referenceNumber": reference,
        "titles": _by_language(row.get("title-proc")),
    }


def _lots(row: Mapping[str, object], reference: str) -> list[Row]:
    language = next((LANGUAGES.get(code, code) for code in _listed(row, "official-language")), "FR")
    return [
        {
            "descriptions": _by_language(row.get("description-proc")),
            "reservedExecution": ["NO"],
            "reservedParticipation": ["NONE"],
            "titles": [{"language": language, "text": f"{reference} - {n}"}],
        }
        for n, _ in enumerate(_listed(row, "identifier-lot"), 1)
    ]


def _deadline(row: Mapping[str, object], day: date) -> str | None:
    """The earliest of the lots, in Brussels and without a zone."""
    stated = [written for written in _listed(row, "deadline-receipt-request") if len(written) > 10]
    if not stated:
        return None
    moment = min(datetime.fromisoformat(written) for written in stated)
    local = moment.astimezone(ZONE) if moment.tzinfo else moment
    return local.replace(tzinfo=None).isoformat() if local.date() >= day else None


def _listed(row: Mapping[str, object], key: str) -> list[str]:
    found = row.get(key)
    return [str(item) for item in cast("list[object]", found)] if isinstance(found, list) else []


def _by_language(found: object) -> list[Row]:
    """{"fra": "..."} or {"fra": ["..."]} as the portal lists texts."""
    texts = cast("Mapping[str, object]", found).items() if isinstance(found, dict) else ()
    return [
        {"language": LANGUAGES.get(language.upper(), language.upper()), "text": str(text)}
        for language, value in texts
        for text in (cast("list[object]", value)[:1] if isinstance(value, list) else [value])
    ]


def _every_language(found: object) -> list[Row]:
    """A buyer's name is filled in for all four languages."""
    texts = _by_language(found)
    own = {str(text["language"]): text["text"] for text in texts}
    default = next(iter(own.values()), "")
    return [{"language": language, "text": own.get(language, default)} for language in ("NL", "DE", "FR", "EN")]
