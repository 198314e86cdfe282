"""Belgium's e-Procurement as a portal: a token, the search of publications, a workspace with its versions.

Both endpoints are served: the Media/Partner API's and the public web client's, whose page of settings holds an invented
client. Like the publisher's, the search ignores what it does not understand, and then returns everything.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import parse_qs

from scrapers.sandbox.faults import Faults
from scrapers.sandbox.published_notices import BosaWorkspace, PublishedNotices, Version
from scrapers.sandbox.wire import Reply, json_reply

CLIENT = ("sandbox-public", "sandbox-word-that-opens-nothing-else")
"""The client that the invented page of settings gives every browser."""

TOKEN_PATHS = ("/api/oauth2/token", "/auth/realms/supplier/protocol/openid-connect/token")
SEARCH_PATHS = ("/api/eProcurementSea/v1/search/publications", "/api/sea/search/publications")
WORKSPACE = re.compile(r"(?:/api/eProcurementDos/v1|/api/dos)/publication-workspaces/([0-9a-f-]{36})")
MOST_ROWS = 100


def answer_bosa(
    published_notices: PublishedNotices,
    faults: Faults,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
) -> Reply | None:
    """The reply to a request below the portal's root; None for a path that does not exist.

    `method`, `path`, `query` and `body` are those of the request, `headers` its headers with names in lower case; it is
    answered from `published_notices`, with the `faults` still to play.
    """
    if (method, path) == ("GET", "/env.config.js"):
        return _answer_settings()
    if method == "POST" and path in TOKEN_PATHS:
        return _answer_token(faults, path, body)
    workspace = WORKSPACE.fullmatch(path)
    if path not in SEARCH_PATHS and not workspace:
        return None
    refusal = _refuse(faults, headers)
    if refusal:
        return refusal
    if workspace:
        return _answer_workspace(published_notices, workspace[1])
    if faults.strikes("bosa:500"):
        return _error(500, "INTERNAL_SERVER_ERROR", "Internal Server Error")
    if method == "POST" and faults.strikes("bosa:nopost"):
        # As recorded on the integration host: the gateway's 500 wraps the service's 404.
        return _error(500, "INTERNAL_SERVER_ERROR", "HTTP 404 Not Found")
    return _answer_search(published_notices, faults, _read_parameters(method, query, body))


def _answer_settings() -> Reply:
    words = {"VITE_AUTH_URL": "/auth", "VITE_AUTH_REALM": "supplier"}
    words |= {"VITE_AUTH_PUBLIC_CLIENT_ID": CLIENT[0], "VITE_AUTH_PUBLIC_CLIENT_SECRET": CLIENT[1]}
    return Reply(200, f"window.env = {json.dumps(words)};".encode(), content_type="application/javascript")


def _answer_token(faults: Faults, path: str, body: bytes) -> Reply:
    parameters = {key: values[-1] for key, values in parse_qs(body.decode("utf-8", "replace")).items()}
    client = parameters.get("client_id", ""), parameters.get("client_secret", "")
    known = client == CLIENT if path == TOKEN_PATHS[1] else all(client)
    if parameters.get("grant_type") != "client_credentials" or not known or faults.strikes("bosa:token"):
        return json_reply(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
    token = hashlib.sha256(repr(client).encode()).hexdigest()
    return json_reply(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})


def _refuse(faults: Faults, headers: Mapping[str, str]) -> Reply | None:
    if not headers.get("authorization", "").startswith("Bearer "):
        return _error(500, "INTERNAL_SERVER_ERROR", "no token")
    if faults.strikes("bosa:401"):
        return json_reply(401, {"error": "invalid_token"})
    if not headers.get("belgov-trace-id"):
        return _error(400, "BAD_REQUEST", "BelGov-Trace-Id is missing")
    return _error(429, "TOO_MANY_REQUESTS", "Too many requests") if faults.strikes("bosa:429") else None


def _error(status: int, title: str, detail: str) -> Reply:
    """The gateway's shape of an error, recorded on its integration host."""
    descriptions = {f"description{language}": title.replace("_", " ").capitalize() for language in ("NL", "FR", "EN")}
    inner = {"instance": "0b9a0c52-0000-4000-8000-000000000000", "title": title, "status": status, "detail": detail}
    return json_reply(
        status, {"error": {"fsbTransactionId": "sandbox", "code": f"{status}00", **descriptions, "detail": inner}}
    )


def _read_parameters(method: str, query: str, body: bytes) -> Mapping[str, object]:
    """By POST in JSON, by GET in the query; anything else sets no parameter."""
    if method == "GET":
        return {key: values[-1] for key, values in parse_qs(query).items()}
    try:
        found = cast("object", json.loads(body))
    except ValueError:
        found = None
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else {}


def _answer_search(published_notices: PublishedNotices, faults: Faults, parameters: Mapping[str, object]) -> Reply:
    first, until = str(parameters.get("publicationDateFrom") or ""), str(parameters.get("publicationDateTo") or "9999")
    everything = faults.strikes("bosa:ignored-filter")
    found = [w for w in published_notices.workspaces if everything or first <= w.day.isoformat() < until]
    page, size = _number(parameters.get("page"), 1), min(_number(parameters.get("pageSize"), 25), MOST_ROWS)
    rows = [dict(workspace.row) for workspace in found[(page - 1) * size : page * size]]
    if faults.strikes("bosa:newfield"):
        rows = [{**row, "brandNewField": "new"} for row in rows]
    total = len(found) + (7 if faults.strikes("bosa:total") else 0)
    return json_reply(200, {"publications": rows, "totalCount": total})


def _number(written: object, default: int) -> int:
    return int(str(written)) if str(written).isdigit() and int(str(written)) > 0 else default


def _answer_workspace(published_notices: PublishedNotices, number: str) -> Reply:
    workspace = next((w for w in published_notices.workspaces if w.number == number), None)
    if workspace is None:
        return _error(404, "NOT_FOUND", "HTTP 404 Not Found")
    try:
        versions = [_version(n, version) for n, version in enumerate(workspace.versions, 1)]
    except OSError as gone:
        return _error(500, "INTERNAL_SERVER_ERROR", f"a file can no longer be read: {gone.strerror}")
    return json_reply(200, _describe(workspace) | {"versions": versions})


def _describe(workspace: BosaWorkspace) -> dict[str, object]:
    row = workspace.row
    pick: Callable[[str], object] = row.get
    return {
        "id": workspace.number,
        "noticeSubType": pick("noticeSubType"),
        "version": len(workspace.versions),
        "referenceNumber": "pub01",
        "dossierReferenceNumber": cast("Mapping[str, object]", row["dossier"])["referenceNumber"],
        "status": "PUBLISHED",
        "submissionDeadline": pick("vaultSubmissionDeadline"),
    }


def _version(number: int, version: Version) -> dict[str, object]:
    return {
        "version": number,
        "status": "PUBLISHED",
        "dispatchDate": version.day.isoformat(),
        "sentAt": f"{version.day.isoformat()}T08:45:00.015911",
        "notice": {"xmlContent": version.read_xml()},
    }
