"""Faults that any portal may have, applied to a finished answer: cut, dropped on the way, never sent, a key renamed.

Faults of one publisher only (timedOut, a firewall's challenge) are applied in its contract.
"""

from __future__ import annotations

from dataclasses import replace

from scrapers.sandbox.faults import Faults
from scrapers.sandbox.wire import Reply

RENAMED = {
    "ted": (b'"publication-date"', b'"publication-day"'),
    "boamp": (b'"dateparution"', b'"date_parution"'),
    "bosa": (b'"publicationDate"', b'"publishedOn"'),
    "decp": (b'"datenotification"', b'"date_notification"'),
}
"""By portal, the key that a reform gives another name, and that name."""


def spoil(faults: Faults, path: str, reply: Reply) -> Reply:
    """The answer as it arrives, by the faults of the portal its path begins with."""
    portal = path.split("/")[1]
    if faults.strikes(f"{portal}:hang"):
        return Reply(200, stalls=True)
    if faults.strikes(f"{portal}:drop"):
        return replace(reply, drops=True)
    if faults.strikes(f"{portal}:cut"):
        reply = replace(reply, body=reply.body[: len(reply.body) // 2])
    if portal in RENAMED and faults.strikes(f"{portal}:renamed"):
        reply = replace(reply, body=reply.body.replace(*RENAMED[portal]))
    return reply
