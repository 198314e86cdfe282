"""The JSON API: open lots for everybody, matches for a member; described in openapi.json, which is served too.

A mapping is made here and becomes text at once. Texts of notices are cleaned of invisible characters and of those that
change the direction of text, and are unchanged otherwise. Errors are problems (RFC 9457).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal.errors import BadRequest, LinkUnknown, NotThere
from portal.snapshot import Snapshot, buyer_key
from portal.web.context import PortalContext
from portal.web.page import answer_with_tag
from portal.web.pagination import read_filters, read_place, select_lots
from presentation.i18n import translatable
from presentation.languages import shorten_language
from presentation.sanitize import clean_text, clean_url
from presentation.signed_links import Purpose, decode_name, encode_name
from presentation.views.match_explanation import name_band
from warehouse.model.match_results import Match
from warehouse.model.notices import Deadline, OpenLot, Publication, Text, stated_value

BASE = "/api/v1"
_DOCUMENT = Path(__file__).with_name("openapi.json")
_MOST, _USUAL = 100, 20

Plain = dict[str, object]


@cache
def read_document() -> Mapping[str, object]:
    """The description of the API (OpenAPI 3.1)."""
    return json.loads(_DOCUMENT.read_text(encoding="utf-8"))


class Api:
    """The endpoints of the JSON API."""

    def __init__(self, portal: PortalContext) -> None:
        self._portal = portal

    def routes(self) -> list[Route]:
        """The routes of the API."""
        return [
            Route(f"{BASE}/openapi.json", self.document),
            Route(f"{BASE}/lots", self.lots),
            Route(f"{BASE}/lots/{{name}}", self.lot),
            Route(f"{BASE}/matches", self.matches),
        ]

    def document(self, request: Request) -> Response:
        """The description, with this host's address."""
        document = {**read_document(), "servers": [{"url": f"{self._portal.links.base_url}{BASE}"}]}
        return _answer(request, document, is_public=True)

    def lots(self, request: Request) -> Response:
        """Open lots, page by page."""
        snapshot, query = self._portal.snapshots.current(), _read_query(request)
        filters, limit = read_filters(query), _read_limit(query.get("limit"))
        page = read_place(select_lots(snapshot, filters, snapshot.as_of), query.get("after"), limit)
        following = None
        if page.after:
            query_prefix = f"{filters.query}&" if filters.query else ""
            following = f"{self._portal.links.base_url}{BASE}/lots?{query_prefix}" + urlencode(
                {"limit": limit, "after": page.after}
            )
        content = {"as_of": _moment(snapshot.as_of), "lots": [self._lot(lot) for lot in page.lots], "next": following}
        return _answer(request, content, is_public=True)

    def lot(self, request: Request) -> Response:
        """One open lot."""
        snapshot = self._portal.snapshots.current()
        uid = decode_name(request.path_params["name"]) or ""
        lot = snapshot.lots.get(snapshot.other_names.get(uid, uid))
        if lot is None:
            raise NotThere
        return _answer(request, self._lot(lot), is_public=True)

    def matches(self, request: Request) -> Response:
        """The lots that fit the member whose feed link is sent as a bearer token, best first."""
        snapshot, portal = self._portal.snapshots.current(), self._portal
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise LinkUnknown
        member = portal.member_of(portal.read(token.strip(), Purpose.FEED), snapshot)
        open_ones = [
            lot_match for lot_match in snapshot.matches.get(member.id, ()) if lot_match.lot_uid in snapshot.lots
        ]
        content = {
            "as_of": _moment(snapshot.as_of),
            "member": member.id,
            "matches": [
                self._match(lot_match, snapshot)
                for lot_match in open_ones
                if lot_match.score >= member.preferences.threshold
            ],
        }
        return _answer(request, content, is_public=False)

    def _match(self, match: Match, snapshot: Snapshot) -> Plain:
        return {
            "lot": self._lot(snapshot.lots[match.lot_uid]),
            "fit": name_band(match.score).value,
            "reasons": [
                {"kind": reason.kind.value, "asked": clean_text(reason.asked), "offered": clean_text(reason.offered)}
                for reason in match.reasons
            ],
        }

    def _lot(self, lot: OpenLot) -> Plain:
        notice = lot.notice
        value = stated_value(lot.lot, notice)
        return {
            "uid": lot.uid,
            "name": encode_name(lot.uid),
            "page": self._portal.links.public_lot(lot.uid),
            "procedure": lot.procedure_uid,
            "notice": notice.uid,
            "titles": _texts(notice.titles),
            "lot_titles": _texts(lot.lot.titles),
            "descriptions": _texts(lot.lot.descriptions or notice.descriptions),
            "buyers": [
                {"names": _texts(b.organisation.names), "country": b.organisation.country} for b in notice.buyers
            ],
            "buyer": buyer_key(lot),
            "nature": lot.lot.nature or notice.nature,
            "procedure_type": notice.procedure_type,
            "deadline": _deadline(lot.lot.deadline),
            "value": {
                "amount": format(value.money.amount, "f"),
                "currency": value.money.currency,
                "level": value.level.value,
            }
            if value
            else None,
            "cpv": [code.code for code in lot.lot.cpv or notice.cpv],
            "nuts": [place.code for place in lot.lot.nuts or notice.nuts],
            "tender_languages": [shorten_language(part) or clean_text(part) for part in lot.lot.tender_languages],
            "publications": [self._publication(part) for part in lot.publications],
        }

    def _publication(self, publication: Publication) -> Plain:
        source_note = self._portal.sources.get(publication.source)
        return {
            "source": publication.source,
            "number": clean_text(publication.number),
            "day": publication.day.isoformat() if publication.day else None,
            "url": clean_url(publication.url),
            "licence": source_note.licence if source_note else None,
        }


def _answer(request: Request, content: Mapping[str, object], *, is_public: bool) -> Response:
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    return answer_with_tag(request, body, "application/json", is_public=is_public)


def _read_query(request: Request) -> Mapping[str, str]:
    """Each parameter once. Raises BadRequest for one that is unknown, empty or repeated: ignoring a filter would return
    more than was requested."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in ("after", "limit", "grappe", "region", "buyer") or name in found or not value:
            raise BadRequest(
                translatable("A parameter is unknown, empty or given twice: see the description of this interface.")
            )
        found[name] = value
    return found


def _read_limit(written: str | None) -> int:
    if written is None:
        return _USUAL
    if written.isascii() and written.isdigit() and len(written) < 4 and 1 <= int(written) <= _MOST:
        return int(written)
    raise BadRequest(translatable("The limit is a whole number from 1 to 100."))


def _texts(texts: tuple[Text, ...]) -> list[Plain]:
    return [{"text": clean_text(text.value), "language": shorten_language(text.language)} for text in texts]


def _deadline(deadline: Deadline | None) -> Plain | None:
    if deadline is None:
        return None
    return {
        "at": deadline.at.isoformat(),
        "kind": deadline.kind.value,
        "zone": deadline.zone,
        "hour_stated": deadline.hour_stated,
    }


def _moment(at: datetime) -> str:
    return at.isoformat()
