"""Letters out and failure notices in: what the night does after writing, and `pib send` and `pib bounces` by hand."""

from collections.abc import Callable
from datetime import timedelta

from digests.delivery.bounces import BounceReport, take_notices
from digests.delivery.mailboxes import ImapBox, MaildirBox
from digests.delivery.outbox import Outbox
from digests.delivery.sending import Manner, SendReport, send_due
from digests.delivery.transports import Carrier, MaildirCarrier, Security, SmtpCarrier
from digests.rendering.letter import Letter
from pipelines.config.clock import MachineClock
from pipelines.config.workspace import House
from pipelines.errors import BadSettings
from portal.member_choices import Choices
from warehouse.store import Store

PATIENCE = timedelta(minutes=6)
"""How long a night waits for letters that a server refused for now: a greylisted one may leave after five minutes."""


def run_sending(house: House, outbox: Outbox, members: frozenset[str]) -> SendReport:
    """Sends what is due, to who is a member still and has not stopped its letters."""
    smtp = house.settings.smtp
    manner = Manner(smtp.per_minute, PATIENCE) if smtp else Manner()
    return send_due(outbox, carrier_of(house), clock=MachineClock(), manner=manner, why_not=_why_not(house, members))


def run_bounces(house: House, outbox: Outbox) -> BounceReport | None:
    """Reads the failure notices that arrived; None when no mailbox is set. Raises MailboxUnreachable."""
    mailbox = _mailbox_of(house)
    return take_notices(outbox, mailbox.read(), MachineClock().now()) if mailbox else None


def find_member_ids(store: Store) -> frozenset[str]:
    """Who is a member now."""
    return frozenset(member.id for member in store.find_members())


def _why_not(house: House, members: frozenset[str]) -> Callable[[Letter], str | None]:
    choices = Choices(house.choices)

    def why_not(letter: Letter) -> str | None:
        if letter.member not in members:
            return "left the cluster after this letter was written"
        return "stopped its letters after this one was written" if choices.has_stopped(letter.member) else None

    return why_not


def carrier_of(house: House) -> Carrier:
    """The mail server of the settings, else a Maildir in the data folder."""
    smtp = house.settings.smtp
    if smtp is None:
        return MaildirCarrier(house.maildir)
    return SmtpCarrier(smtp.host, smtp.port, security=Security(smtp.security), user=smtp.user, password=smtp.password)


def _mailbox_of(house: House) -> MaildirBox | ImapBox | None:
    bounces = house.settings.bounces
    if bounces is None:
        return None
    if bounces.maildir:
        return MaildirBox(bounces.maildir)
    if not bounces.host or not bounces.user or bounces.password is None:
        raise BadSettings("[bounces] names an IMAP host; its password is awaited in PIB_IMAP_PASSWORD")
    return ImapBox(
        bounces.host,
        bounces.port,
        bounces.user,
        bounces.password,
        folder=bounces.folder,
        is_secure=bounces.security != "none",
    )
