"""Portals of neighbouring countries by their contracts: Germany's daily archives, TenderNed's listing and publications,
Luxembourg's search page. They serve what a test gave them."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from urllib.parse import parse_qs

from scrapers.sandbox.published_notices import PublishedNotices
from scrapers.sandbox.wire import Reply, json_reply

_LISTING = "/tenderned/papi/tenderned-rs-tns/v2/publicaties"
_PUBLICATION = re.compile(re.escape(_LISTING) + r"/(\d+)")
_EXPORT = "/oeffentlichevergabe/api/notice-exports"
_SEARCH = "/pmp/espace-entreprise/search"


def answer_neighbour(published_notices: PublishedNotices, path: str, query: str) -> Reply | None:
    """The reply to a GET; None for a path of no portal here."""
    parameters = {key: values[-1] for key, values in parse_qs(query).items()}
    publication = _PUBLICATION.fullmatch(path)
    if path == _EXPORT:
        return _answer_export(published_notices, parameters)
    if path == _LISTING:
        return _answer_listing(published_notices, parameters)
    if publication:
        found = published_notices.neighbours.publications.get(publication[1])
        return json_reply(200, found) if found else json_reply(404, {"status": 404})
    if path == _SEARCH:
        return Reply(200, published_notices.neighbours.search_page, "text/html; charset=utf-8")
    return None


def _answer_export(published_notices: PublishedNotices, parameters: dict[str, str]) -> Reply:
    try:
        day = date.fromisoformat(parameters.get("pubDay", ""))
    except ValueError:
        return json_reply(400, {"detail": "pubDay must be a date"})
    if parameters.get("format") != "eforms.zip":
        return json_reply(400, {"detail": "format must be one of csv.zip, eforms.zip, ocds.zip"})
    if day >= published_notices.today:
        return json_reply(400, {"detail": "The specified pubDay exceeds the allowed range. It must lie in the past."})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in published_notices.neighbours.exports.get(day, {}).items():
            archive.writestr(zipfile.ZipInfo(name), body)
    return Reply(200, buffer.getvalue(), "application/zip", {"ETag": f'"version-{day:%Y%m%d}"'})


def _answer_listing(published_notices: PublishedNotices, parameters: dict[str, str]) -> Reply:
    page, size = int(parameters.get("page", "0")), int(parameters.get("size", "10"))
    if size > 100:
        return json_reply(400, {"status": 400, "message": "size must be at most 100"})
    since, until = parameters.get("publicatieDatumVanaf", ""), parameters.get("publicatieDatumTot", "9999")
    rows = [row for row in published_notices.neighbours.rows if since <= str(row.get("publicatieDatum")) <= until]
    content = rows[page * size : (page + 1) * size]
    return json_reply(200, {"content": content, "totalElements": len(rows), "size": size, "number": page})
