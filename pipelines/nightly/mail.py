"""Sending letters and reading failure notices: by the night after writing, and by `pib send` and `pib bounces`."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from digests.delivery.bounces import BounceReport, record_bounces
from digests.delivery.mailboxes import ImapBox, MaildirBox
from digests.delivery.outbox import Outbox
from digests.delivery.sending import SendingOptions, SendReport, send_due
from digests.delivery.transports import LetterTransport, MaildirTransport, Security, SmtpTransport
from digests.rendering.letter import Letter
from pipelines.config.clock import MachineClock
from pipelines.config.workspace import Workspace
from pipelines.errors import BadSettings
from portal.member_choices import Choices
from presentation.link_register import LinkRecord, LinkRegister
from warehouse.store import Store

PATIENCE = timedelta(minutes=6)
"""How long a night waits for letters that a server refused for now: a greylisted one may leave after five minutes."""


MAIL_CHECK = "the_mail_server_takes_letters"
"""The check of a night that fails where no letter could leave at all."""


def run_sending(workspace: Workspace, outbox: Outbox, members: frozenset[str]) -> SendReport:
    """Sends what is due to members that have not left and have not stopped their letters."""
    smtp = workspace.settings.smtp
    options = SendingOptions(smtp.per_minute, PATIENCE) if smtp else SendingOptions()
    return send_due(
        outbox, transport_of(workspace), clock=MachineClock(), options=options, why_not=_why_not(workspace, members)
    )


def run_bounces(workspace: Workspace, outbox: Outbox) -> BounceReport | None:
    """Reads the failure notices that arrived; None when no mailbox is set. Raises MailboxUnreachable."""
    mailbox = _mailbox_of(workspace)
    return record_bounces(outbox, mailbox.read(), MachineClock().now()) if mailbox else None


def find_member_ids(store: Store) -> frozenset[str]:
    """The ids of the present members."""
    return frozenset(member.id for member in store.load_members())


def _why_not(workspace: Workspace, members: frozenset[str]) -> Callable[[Letter], str | None]:
    choices, registered = Choices(workspace.choices), LinkRegister(workspace.link_register).load()

    def why_not(letter: Letter) -> str | None:
        if letter.member not in members:
            return "left the cluster after this letter was written"
        if is_former_address(letter, registered):
            return "has another address since this letter was written"
        return "stopped its letters after this one was written" if choices.has_stopped(letter.member) else None

    return why_not


def transport_of(workspace: Workspace) -> LetterTransport:
    """The mail server of the settings, else a Maildir in the data folder."""
    smtp = workspace.settings.smtp
    if smtp is None:
        return MaildirTransport(workspace.maildir)
    return SmtpTransport(smtp.host, smtp.port, security=Security(smtp.security), user=smtp.user, password=smtp.password)


def is_former_address(letter: Letter, registered: Mapping[str, LinkRecord]) -> bool:
    """Whether another address than the letter's is registered for its member by now."""
    record = registered.get(letter.member)
    return record is not None and record.address.casefold() not in ("", letter.address.casefold())


def _mailbox_of(workspace: Workspace) -> MaildirBox | ImapBox | None:
    bounces = workspace.settings.bounces
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
