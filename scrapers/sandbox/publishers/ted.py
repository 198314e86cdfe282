"""TED's Search API v3 and the XML of one notice, with the caps and the errors measured at the publisher's.

Error types and the body of SEARCH_FIELDS_PER_PAGE_EXCEEDS_MAX_LIMIT are recorded facts; the wording of the messages
is ours, and so is the type of the refusal of an unknown body key, of which only the status is known.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import cast

from scrapers.sandbox.faults import Faults
from scrapers.sandbox.fields import TED_FIELDS
from scrapers.sandbox.published_notices import PublishedNotices, TedNotice
from scrapers.sandbox.publishers.ted_query import QueryError, read_query
from scrapers.sandbox.wire import Reply, json_reply, nginx_429

MOST_PER_PAGE = 250
MOST_FIELDS_PER_PAGE = 10_000
MOST_BY_PAGE_NUMBER = 15_000
BODY_KEYS = {
    "query": str,
    "fields": list,
    "page": int,
    "limit": int,
    "scope": str,
    "checkQuerySyntax": bool,
    "paginationMode": str,
    "onlyLatestVersions": bool,
    "iterationNextToken": str,
}


class Refused(Exception):
    """A request TED answers with an error: status, type and further keys of the error."""

    def __init__(self, status: int, kind: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.reply = json_reply(status, {"message": message, "error": {"type": kind, **more}})


def answer_search(published_notices: PublishedNotices, faults: Faults, body: bytes) -> Reply:
    """One page of a search."""
    if faults.strikes("ted:stall"):
        return Reply(200, stalls=True)
    if faults.strikes("ted:429"):
        return nginx_429()
    if faults.strikes("ted:500"):
        return json_reply(500, {"message": "Internal server error", "error": {"type": "INTERNAL_SERVER_ERROR"}})
    try:
        requested = _read_body(body)
        return _search(published_notices, faults, requested)
    except Refused as refused:
        return refused.reply


def answer_xml(published_notices: PublishedNotices, faults: Faults, number: str) -> Reply:
    """The XML of one notice; 404 for what this portal does not hold."""
    if faults.strikes("ted:stall", number):
        return Reply(200, stalls=True)
    if faults.strikes("ted:waf"):
        return Reply(202, content_type="text/html", headers={"x-amzn-waf-action": "challenge"})
    if faults.strikes("ted:xml429"):
        return nginx_429()
    if faults.strikes("ted:xml500"):
        return Reply(500, b"<html><body><h1>Internal Server Error</h1></body></html>", content_type="text/html")
    notice = published_notices.find_notice(number)
    if notice is None or faults.strikes("ted:xml404", number):
        return Reply(404, b"<html><body><h1>Not Found</h1></body></html>", content_type="text/html")
    try:
        xml = notice.read_xml()
    except OSError as gone:
        return json_reply(500, {"message": f"the file of {number} can no longer be read: {gone.strerror}"})
    if faults.strikes("ted:truncate", number):
        xml = xml[: len(xml) // 2]
    return Reply(200, xml, content_type="application/xml")


def _read_body(body: bytes) -> Mapping[str, object]:
    try:
        requested: object = json.loads(body)
    except ValueError as wrong:
        raise Refused(400, "INVALID_REQUEST", f"the body is no JSON: {wrong}") from wrong
    if not isinstance(requested, dict):
        raise Refused(400, "INVALID_REQUEST", "the body is no JSON object")
    fields = cast("dict[str, object]", requested)
    for key, value in fields.items():
        if key not in BODY_KEYS:
            raise Refused(400, "INVALID_REQUEST", f"unrecognised property {key!r}")
        if value is not None and type(value) is not BODY_KEYS[key]:
            raise Refused(400, "INVALID_REQUEST", f"property {key!r} must be {BODY_KEYS[key].__name__}")
    for key in ("query", "fields"):
        if not fields.get(key):
            raise Refused(400, "INVALID_REQUEST", f"property {key!r} is required")
    return fields


def _search(published_notices: PublishedNotices, faults: Faults, requested: Mapping[str, object]) -> Reply:
    names = _read_fields(cast("list[object]", requested["fields"]))
    limit = _read_limit(requested, len(names))
    try:
        query = read_query(str(requested["query"]), TED_FIELDS, published_notices.today)
    except QueryError as wrong:
        raise Refused(400, wrong.kind, str(wrong)) from wrong
    if requested.get("checkQuerySyntax"):
        return json_reply(200, {"notices": [], "totalNoticeCount": None})
    found = query.select(published_notices.notices)
    if requested.get("onlyLatestVersions"):
        found = _latest(found)
    start, token = _read_position(requested, limit)
    page = found[start : start + limit]
    if token is not None:
        token = _seal(requested, 0 if faults.strikes("ted:repeat-token") else start + len(page))
    timed_out = faults.strikes("ted:timedout")
    if timed_out:
        page = page[: len(page) // 2]
    rows = [_serve(notice, names, faults) for notice in page]
    total = len(found) + (7 if faults.strikes("ted:total") else 0)
    answer = {"notices": rows, "totalNoticeCount": total, "iterationNextToken": token, "timedOut": timed_out}
    return json_reply(200, answer)


def _read_fields(written: Sequence[object]) -> list[str]:
    names = [str(name) for name in written]
    unknown = [name for name in names if name not in TED_FIELDS]
    if unknown:
        message = f"unknown field {unknown[0]!r}; supported: {', '.join(sorted(TED_FIELDS))}"
        raise Refused(400, "QUERY_UNKNOWN_FIELD", message)
    return names


def _read_limit(requested: Mapping[str, object], fields: int) -> int:
    written = requested.get("limit")
    limit = 10 if written is None else cast("int", written)
    if not 1 <= limit <= MOST_PER_PAGE:
        raise Refused(400, "SEARCH_EXCEEDS_MAX_LIMIT", f"limit {limit} is not within 1 and {MOST_PER_PAGE}")
    if limit * fields > MOST_FIELDS_PER_PAGE:
        message = f"{fields} fields x {limit} notices exceed {MOST_FIELDS_PER_PAGE} fields per page"
        counts = {"fieldsPerPage": limit * fields, "maxFieldsPerPage": MOST_FIELDS_PER_PAGE}
        raise Refused(400, "SEARCH_FIELDS_PER_PAGE_EXCEEDS_MAX_LIMIT", message, **counts)
    return limit


def _read_position(requested: Mapping[str, object], limit: int) -> tuple[int, str | None]:
    """Where the page starts, and "" where a token has to lead on from it."""
    mode = requested.get("paginationMode") or "PAGE_NUMBER"
    if mode == "ITERATION":
        written = requested.get("iterationNextToken")
        return (0 if written is None else _unseal(requested, str(written))), ""
    if mode != "PAGE_NUMBER":
        raise Refused(400, "INVALID_REQUEST", f"paginationMode {mode!r} is neither PAGE_NUMBER nor ITERATION")
    page = cast("int", requested.get("page") or 1)
    if page < 1 or page * limit > MOST_BY_PAGE_NUMBER:
        raise Refused(400, "SEARCH_WINDOW_TOO_WIDE", f"page {page} x limit {limit} exceeds {MOST_BY_PAGE_NUMBER}")
    return (page - 1) * limit, None


def _stamp(requested: Mapping[str, object], position: int) -> str:
    return hashlib.sha256(f"{requested['query']}|{requested.get('scope')}|{position}".encode()).hexdigest()[:16]


def _seal(requested: Mapping[str, object], position: int) -> str:
    return base64.urlsafe_b64encode(f"{position}.{_stamp(requested, position)}".encode()).decode()


def _unseal(requested: Mapping[str, object], token: str) -> int:
    try:
        position, _, stamp = base64.urlsafe_b64decode(token.encode()).decode().partition(".")
        if stamp == _stamp(requested, int(position)):
            return int(position)
    except (binascii.Error, ValueError):
        pass
    # TED answers a token it did not give for this query with a server error.
    raise Refused(500, "INTERNAL_SERVER_ERROR", "the iteration token cannot be used")


def _latest(found: list[TedNotice]) -> list[TedNotice]:
    newest: dict[object, object] = {}
    for notice in found:
        key, version = notice.row.get("notice-identifier", notice.number), notice.row.get("notice-version", 0)
        newest[key] = max(newest.get(key, 0), version, key=str)
    return [
        notice
        for notice in found
        if newest[notice.row.get("notice-identifier", notice.number)] == notice.row.get("notice-version", 0)
    ]


def _serve(notice: TedNotice, names: Sequence[str], faults: Faults) -> dict[str, object]:
    row = {name: notice.row[name] for name in names if name in notice.row}
    # publication-number and links come with every row at TED, requested or not (op-ted recording, ND and links).
    row.setdefault("publication-number", notice.number)
    row.setdefault("links", notice.row["links"])
    if faults.strikes("ted:newfield"):
        row["brand-new-field"] = "new"
    return row
