"""Filters of open lots and pagination, for pages, feeds and the API.

A place is the last lot of a page, by its deadline and name, so that the next page continues rightly though a night has
added and closed lots in between.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from portal.errors import BadRequest, PlaceUnknown
from portal.snapshot import Snapshot
from presentation.i18n import translatable
from warehouse.codes.classifications import Nuts
from warehouse.model.notices import OpenLot
from warehouse.model.subnetworks import grappes_of


@dataclass(frozen=True, slots=True)
class Filters:
    """Narrows the open lots: a sub-network of members whom they fit, a place of performance, a buyer."""

    grappe: str | None = None
    region: str | None = None
    buyer: str | None = None

    @property
    def query(self) -> str:
        """As part of an address, without the question mark."""
        named = {"grappe": self.grappe, "region": self.region, "buyer": self.buyer}
        return urlencode({name: value for name, value in named.items() if value})

    @property
    def feed(self) -> str | None:
        """The name of the feed with the same lots, where exactly one filter is set."""
        named = {"grappe": self.grappe, "region": self.region, "buyer": self.buyer}
        given = [f"{name}/{value}" for name, value in named.items() if value]
        return given[0] if len(given) == 1 else None


@dataclass(frozen=True, slots=True)
class Page:
    """Some lots, and the place from which the next page continues; None at the end."""

    lots: tuple[OpenLot, ...]
    after: str | None


def read_filters(query: Mapping[str, str]) -> Filters:
    """Filters from an address. Raises BadRequest for a region or buyer that cannot be one; an unknown one selects no
    lots."""
    grappe, region, buyer = (query.get(name) or None for name in ("grappe", "region", "buyer"))
    if region is not None and not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{0,3}", region):
        raise BadRequest(translatable("A region is a NUTS code, such as BE32."))
    if buyer is not None and not re.fullmatch(r"[0-9a-f]{16}", buyer):
        raise BadRequest(
            translatable("A buyer is named by sixteen hexadecimal digits, as the pages of its calls link to it.")
        )
    if grappe is not None and not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", grappe):
        raise BadRequest(translatable("A grappe is named by small letters and hyphens, such as data-centre."))
    return Filters(grappe, region, buyer)


def select_lots(snapshot: Snapshot, filters: Filters, now: datetime) -> list[OpenLot]:
    """The lots still open that pass the filters, nearest deadline first, those without one last."""
    lots = snapshot.buyers.get(filters.buyer, ()) if filters.buyer else snapshot.lots.values()
    return [
        lot for lot in lots if _is_open(lot, now) and _in_region(lot, filters) and _in_grappe(lot, filters, snapshot)
    ]


def read_place(lots: Sequence[OpenLot], after: str | None, most: int) -> Page:
    """The next `most` lots after a place. Raises PlaceUnknown for an invalid place."""
    start = 0
    if after:
        place = _decode(after)
        start = sum(1 for lot in lots if _key(lot) <= place)
    shown = tuple(lots[start : start + most])
    return Page(shown, _encode(shown[-1]) if shown and start + most < len(lots) else None)


def _is_open(lot: OpenLot, now: datetime) -> bool:
    return lot.lot.deadline is None or lot.lot.deadline.at > now


def _in_region(lot: OpenLot, filters: Filters) -> bool:
    if filters.region is None:
        return True
    return any(place.within(Nuts(filters.region)) for place in lot.lot.nuts or lot.notice.nuts)


def _in_grappe(lot: OpenLot, filters: Filters, snapshot: Snapshot) -> bool:
    if filters.grappe is None:
        return True
    match_result = snapshot.match_results.get(lot.uid)
    return match_result is not None and filters.grappe in grappes_of(match_result, snapshot.members)


def _key(lot: OpenLot) -> tuple[str, str]:
    """As the warehouse orders open lots; UTC in one spelling sorts as time does."""
    return (_spell(lot.lot.deadline.at) if lot.lot.deadline else "~"), lot.uid


def _spell(at: datetime) -> str:
    return f"{at.timestamp():020.6f}"


def _encode(lot: OpenLot) -> str:
    return urlsafe_b64encode(json.dumps(_key(lot)).encode()).decode().rstrip("=")


def _decode(after: str) -> tuple[str, str]:
    try:
        place = json.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        deadline, uid = place
    except (NotBase64, ValueError, TypeError, RecursionError) as error:
        raise PlaceUnknown from error
    if not isinstance(deadline, str) or not isinstance(uid, str):
        raise PlaceUnknown
    return deadline, uid
