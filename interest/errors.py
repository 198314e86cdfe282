"""Errors of anonymous interest. A message states the next step, and nothing about any member.

InterestError
|- InterestRefused  the request is not granted; one of a few fixed sentences, the same whatever the cause behind it
|- NotSetUp         the room's folder lacks what a role needs
|- RoomDamaged     a file of the room is damaged, gone, or of a later version
|- ManifestRefused  the manifest of keys is broken, forked or does not name a key: a client stops here
|- GateRefused      the gate will not run (an older ledger than was published, a night before the last)
|- PolicyRefused    the policy file is not one
|- DayUnconfirmed   the clock jumped, and no person has confirmed the day
|- BundleRefused    a partner cluster's export is not what it claims to be
"""

from __future__ import annotations

from enum import StrEnum


class InterestError(Exception):
    """Root of this room's errors."""


class RefusalReason(StrEnum):
    """The only reasons ever given. Several causes share each, so that a refusal reveals nothing about any member."""

    CLOSED = "this lot takes no declarations"
    FORM = "this form is not one of ours; choose from what the page offers, nothing else can be written"
    TOKEN = "this token is not good for this lot"  # noqa: S105 - a sentence, no password
    RECEIPT = "nothing can be done with this code here"
    FULL = "five are open already; withdraw one first"
    OFTEN = "this was declared too often; ask the team to erase it"
    CARD = "no card can be shown for this: too few members would fit it"


class InterestRefused(InterestError):
    """The request is not granted."""

    def __init__(self, why: RefusalReason) -> None:
        super().__init__(why.value)
        self.why = why


class NotSetUp(InterestError):
    """The room's folder lacks what a role needs."""


class RoomDamaged(InterestError):
    """A file of the room is damaged, gone, or of a later version. Nothing about its contents is said."""


class ManifestRefused(InterestError):
    """The manifest of keys is broken, forked, or does not name a key."""


class GateRefused(InterestError):
    """The gate will not run."""


class PolicyRefused(InterestError, ValueError):
    """The policy file is not one."""


class DayUnconfirmed(InterestError):
    """The clock jumped, and no person has confirmed the day."""


class SecondBidRejected(InterestError):
    """A consortium cannot be declared."""


class BundleRefused(InterestError):
    """A partner cluster's export is not what it claims to be."""
