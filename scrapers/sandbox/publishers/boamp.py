"""BOAMP's `records`: paging with its caps, `where`, `order_by`, `select`, and the errors in the publisher's shape."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

from scrapers.sandbox.faults import Faults
from scrapers.sandbox.fields import BOAMP_FIELDS
from scrapers.sandbox.published_notices import BoampRecord, PublishedNotices
from scrapers.sandbox.publishers.boamp_where import WhereError, read_order, read_where
from scrapers.sandbox.wire import Reply, json_reply, nginx_429

PARAMETERS = {
    "where",
    "order_by",
    "limit",
    "offset",
    "select",
    "lang",
    "timezone",
    "include_links",
    "include_app_metas",
}
MOST_ROWS = 100
MOST_REACH = 10_000
DAILY_QUOTA = 50_000


def answer_records(published_notices: PublishedNotices, faults: Faults, query: str, earlier_requests: int) -> Reply:
    """One page of the records of `published_notices`.

    `query` is the query string of the request; `faults` are those still to play; `earlier_requests` counts the requests
    of the day, for the quota headers.
    """
    if faults.strikes("boamp:429"):
        return nginx_429()
    if faults.strikes("boamp:500"):
        return json_reply(500, {"error_code": "InternalServerError", "message": "Internal server error"})
    parameters = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    refusal = refuse_parameters(parameters, BOAMP_FIELDS)
    if refusal:
        return refusal
    try:
        test, order = read_where(parameters.get("where", "")), read_order(parameters.get("order_by", ""))
    except WhereError as wrong:
        return json_reply(400, {"error_code": "ODSQLError", "message": f"ODSQL query is malformed: {wrong}"})
    found = [record for record in published_notices.records if test(record.flat)]
    for name, descending in reversed(order):
        found.sort(key=lambda record: str(record.flat.get(name) or ""), reverse=descending)
    offset, limit = int(parameters.get("offset", "0")), int(parameters.get("limit", "10"))
    keys = [key.strip() for key in parameters.get("select", "").split(",") if key.strip() not in ("", "*")]
    page = [_serve(record, faults, keys) for record in found[offset : offset + limit]]
    total = len(found) + (7 if faults.strikes("boamp:total") else 0)
    left = str(max(0, DAILY_QUOTA - earlier_requests))
    limits = {"x_ratelimit_limit": str(DAILY_QUOTA), "x_ratelimit_remaining": left}
    return json_reply(200, {"total_count": total, "results": page}, **limits)


def refuse_parameters(parameters: Mapping[str, str], fields: frozenset[str]) -> Reply | None:
    """The publisher's own refusal of parameters it does not know or a page it does not give; None when all is well."""
    for name in parameters:
        if name not in PARAMETERS:
            return _invalid(f"Unknown parameter {name}")
    for name, least, most in (("limit", 0, MOST_ROWS), ("offset", 0, MOST_REACH)):
        written = parameters.get(name, "0")
        if not written.isdigit() or not least <= int(written) <= most:
            return _invalid(
                f"Invalid value for {name} API parameter: {written} was found but {name} must be {least} to {most}."
            )
    if int(parameters.get("limit", "10")) + int(parameters.get("offset", "0")) > MOST_REACH:
        return _invalid(f"Invalid value for offset API parameter: offset + limit should be less than {MOST_REACH}.")
    unknown = [key for key in parameters.get("select", "").split(",") if key.strip() not in (fields | {"", "*"})]
    return _invalid(f"Unknown field in select: {unknown[0]}") if unknown else None


def _invalid(message: str) -> Reply:
    return json_reply(400, {"error_code": "InvalidRESTParameterError", "message": message})


def _serve(record: BoampRecord, faults: Faults, keys: list[str]) -> dict[str, object]:
    donnees = record.donnees()
    if faults.strikes("boamp:badjson", record.idweb):
        donnees = donnees[: len(donnees) // 2]
    full: dict[str, object] = {**record.flat, "donnees": donnees}
    if faults.strikes("boamp:newfield"):
        full["indice_nouveau"] = "nouveau"
    ordered = dict(sorted(full.items()))
    return {key: ordered[key] for key in keys} if keys else ordered
