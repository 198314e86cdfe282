"""Faults on demand: errors of a publisher, one word each, and how often each still happens."""

from __future__ import annotations

import threading
from collections.abc import Iterable

PORTALS = ("ted", "boamp", "bosa", "decp", "approch", "lists")

COUNTED = {
    "ted:timedout": "the first n searches answer 200 with `timedOut` and half of the page",
    "ted:429": "the first n searches are refused by nginx",
    "ted:500": "the first n searches fail",
    "ted:waf": "the first n requests for XML are challenged (202, empty, x-amzn-waf-action)",
    "ted:xml429": "the first n requests for XML are refused by nginx",
    "ted:xml500": "the first n requests for XML fail",
    "ted:package429": "the first n requests for a package are refused by nginx",
    "boamp:429": "the first n requests are refused by nginx",
    "boamp:500": "the first n requests fail",
    "bosa:429": "the first n requests but those for a token are refused",
    "bosa:500": "the first n searches fail",
    "bosa:401": "the first n requests are refused for their token, as when it has run out",
    "bosa:token": "the first n requests for a token are refused",
    "decp:429": "the first n requests are refused by nginx",
    "decp:500": "the first n requests fail",
    "approch:429": "the first n requests are refused by nginx",
    "approch:500": "the first n requests fail",
    "lists:429": "the first n requests for code lists are refused by nginx",
    **{f"{portal}:cut": "the first n answers are cut in half" for portal in PORTALS},
    **{f"{portal}:drop": "the connection breaks within the first n answers" for portal in PORTALS},
    **{f"{portal}:hang": "the first n answers never come" for portal in PORTALS},
}
NAMED = {
    "ted:xml404": "the XML of this number is not found",
    "ted:truncate": "the XML of this number is cut in half",
    "ted:cutpackage": "the package of this issue (<yyyy><nnnnn>) or month (<yyyy><m>) is cut in half",
    "ted:stall": "the XML of this number never comes; without a number, no search is ever answered",
    "boamp:badjson": "`donnees` of this idweb is no JSON",
}
FLAGS = {
    "ted:newfield": "each row of a search carries a key that was not requested",
    "ted:renamed": "the day of a row is called otherwise",
    "ted:total": "`totalNoticeCount` is larger than what is served",
    "ted:repeat-token": "the iteration token is always the same",
    "boamp:newfield": "each record carries a key the recordings do not have",
    "boamp:renamed": "the day of a record is called otherwise",
    "boamp:total": "`total_count` is larger than what is served",
    "bosa:ignored-filter": "the days of a search are not understood, and everything comes",
    "bosa:total": "`totalCount` is larger than what is served",
    "bosa:newfield": "each row of a search carries a key the recordings do not have",
    "bosa:renamed": "the day of a row is called otherwise",
    "decp:renamed": "the day of a contract is called otherwise",
    "bosa:nopost": "the search is known by GET only",
    "decp:newfield": "each record carries an unknown column",
    "decp:total": "`total_count` is larger than what is served",
    "approch:newfield": "each record carries an unknown column",
    "approch:renamed": "the day of a project is called otherwise",
    "approch:total": "`total_count` is larger than what is served",
}


class UnknownFault(ValueError):
    """A fault that this portal cannot play; the message lists those it can."""


class Faults:
    """The faults still to come. Safe to use from several threads."""

    def __init__(self, faults: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._left: dict[str, int] = {}
        self.replace(faults)

    def replace(self, faults: Iterable[str]) -> None:
        """Replaces the present faults by these. Raises UnknownFault, and then changes nothing."""
        fresh = dict(_read(fault) for fault in faults)
        with self._lock:
            self._left = fresh

    def strikes(self, fault: str, name: str = "") -> bool:
        """Whether this fault happens now (to the thing of that name); a counted one is then one less."""
        key = f"{fault}:{name}" if name else fault
        with self._lock:
            left = self._left.get(key, 0)
            if left > 0:
                self._left[key] = left - 1
            return left != 0

    def listing(self) -> dict[str, int]:
        """What is left of each fault; -1 is for ever."""
        with self._lock:
            return dict(self._left)


def _read(written: str) -> tuple[str, int]:
    """ "ted:429:2" -> ("ted:429", 2); "ted:waf" and "ted:waf:all" -> ("ted:waf", -1); "ted:truncate:N" keeps N."""
    fault, _, argument = written.strip().partition(":")[2].partition(":")
    fault = f"{written.strip().partition(':')[0]}:{fault}"
    if fault in COUNTED and (not argument or argument == "all"):
        return fault, -1
    if fault in COUNTED and argument.isdigit():
        return fault, int(argument)
    if fault in FLAGS and not argument:
        return fault, -1
    if fault in NAMED and argument:
        return f"{fault}:{argument}", -1
    if fault == "ted:stall":
        return fault, -1
    known = ", ".join([*(f"{f}[:n|all]" for f in COUNTED), *(f"{f}:NAME" for f in NAMED), *FLAGS])
    raise UnknownFault(f"fault {written!r} is not one of: {known}")
