"""The deadline of a BOAMP notice, from where it is true: gestion's DATE_LIMITE_REPONSE and the notice itself.

Never the flat field datelimitereponse. Measured on recorded data: a constant hour off until 2023, in winter and summer
alike; local time labelled UTC in 2024; and in 2026 right for "…T12:00:00+02:00" (26-79589) but two hours late for
"…T12:00:00.000+02:00" (26-79592, 26-79714).
"""

from __future__ import annotations

import logging
from zoneinfo import ZoneInfo

from scrapers.readers.boamp.json_tree import Node, words
from scrapers.readers.normalise.deadlines import read_deadline
from warehouse.model.notices import Deadline, DeadlineKind

log = logging.getLogger(__name__)

ZONE = "Europe/Paris"
"""Where no offset is written (24-76932: "2024-07-25T12:00:00")."""

PARIS = ZoneInfo(ZONE)


def read_instant_of(written: str, kind: DeadlineKind) -> Deadline:
    """A deadline as BOAMP writes it: a day, perhaps an hour, perhaps an offset. Raises Unreadable."""
    day, _, hour = written.strip().partition("T")
    return read_deadline(day, hour or None, kind, zone=ZONE)


def read_indexed(index: Node, kind: DeadlineKind) -> Deadline | None:
    """The deadline in gestion's INDEXATION, None where there is none. Raises Unreadable."""
    written = words(index, "DATE_LIMITE_REPONSE")
    return read_instant_of(written, kind) if written else None


def reconcile(number: str, indexed: Deadline | None, stated: Deadline | None) -> Deadline | None:
    """The deadline to trust of the two places it is written at: the notice's own when they agree; the earlier one when
    they do not, for a tender that is too early loses nothing. A person should check it, so it is logged."""
    if indexed is None or stated is None:
        return stated or indexed
    if indexed.at == stated.at or _is_stamped(indexed, stated):
        return stated
    log.warning(
        "two deadlines in one notice; the earlier one is kept",
        extra={"notice": number, "gestion": indexed.at.isoformat(), "donnees": stated.at.isoformat()},
    )
    return min(stated, indexed, key=lambda deadline: deadline.at)


def _is_stamped(indexed: Deadline, stated: Deadline) -> bool:
    """Whether both show one hour and the notice's own offset is the one in force in Paris that day: some publishers
    stamp the offset of the day they write (TED 131011-2024 has both in one deadline), which contradicts nothing."""
    shown = stated.at.replace(tzinfo=None)
    return shown == indexed.at.replace(tzinfo=None) and stated.at.utcoffset() == shown.replace(tzinfo=PARIS).utcoffset()


def kind_of(procedure: str | None) -> DeadlineKind:
    """What has to arrive by then, from the type of procedure: where candidates are chosen first, their request."""
    chosen_first = ("RESTREINT", "NEGOCI", "DIALOGUE", "restricted", "neg-w-call", "comp-dial", "innovation")
    return DeadlineKind.REQUEST if any(word in (procedure or "") for word in chosen_first) else DeadlineKind.TENDER
