"""Links by mail: requests that the portal kept become mails to registered addresses, sent like letters.

The mails have an outbox of their own, with the same states, leases and Message-IDs as that of letters: a process killed
at any moment loses no request and sends none twice. They are not in the outbox of letters, because there a night
reconciles, a member reads its letters again at the portal, and the last edition says when the next one is due.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from threading import Event, Thread

from digests.delivery.outbox import Outbox
from digests.delivery.sending import send_due
from digests.delivery.sent_archive import Archive
from digests.delivery.workers import Clock, Moment
from digests.errors import OutboxError
from digests.rendering.letter import Letter
from digests.rendering.link_letter import LinkMail, render_link_letter
from pipelines.config.workspace import Workspace
from pipelines.errors import PipelineError
from pipelines.nightly.digests import read_dkim_key, signing_sender
from pipelines.nightly.mail import is_former_address, transport_of
from portal.errors import PortalError
from portal.link_requests import LinkRequest, LinkRequests
from presentation.errors import DigestError, DigestRefused
from presentation.link_register import LinkRegister
from presentation.signed_links import PortalLinks
from warehouse.errors import WarehouseError
from warehouse.model.members import Member

MAILS_A_DAY = 3
"""Mails with a link to one member in 24 hours."""
LEAST_PAUSE = timedelta(minutes=10)
"""Between two mails with a link to one member."""
MAILS_AN_HOUR = 60
"""Mails with a link to all members together; further requests wait until there is room."""
_POLL_SECONDS = 60.0

log = logging.getLogger(__name__)


def answer_link_requests(
    workspace: Workspace, links: PortalLinks, members: Mapping[str, Member], clock: Clock
) -> tuple[str, ...]:
    """Writes and sends the mails that were requested; returns a sentence for each that could not be.

    Args:
        workspace: holds the requests, the register and the outbox.
        links: to the portal, as members reach it.
        members: those that the portal has pages for, by id.
        clock: the current time and waiting.
    """
    moment = clock.now()
    requests, register = LinkRequests(workspace.link_requests), LinkRegister(workspace.link_register)
    waiting = requests.load()
    if not waiting and not workspace.link_outbox.exists():
        return ()
    troubles: list[str] = []
    with Outbox.open(workspace.link_outbox) as outbox:
        for request in waiting:
            if outbox.count_saved_since(moment.at - timedelta(hours=1)) >= MAILS_AN_HOUR:
                break
            for mail in _mails(request, register, members):
                if _may_be_written(outbox, mail.member.id, moment):
                    troubles += _write(workspace, outbox, links, mail, moment)
            requests.close(request)
        if outbox.load_letters_to_send():
            why_not = _why_not(workspace, register)
            report = send_due(outbox, transport_of(workspace), clock=clock, why_not=why_not)
            troubles += report.troubles
    return tuple(troubles)


def _mails(request: LinkRequest, register: LinkRegister, members: Mapping[str, Member]) -> tuple[LinkMail, ...]:
    """The mail to each member that is registered under the requested address, as it is written in the register. Members
    that no import has registered yet count by the address that the published copy has."""
    registered, wanted = register.load(), request.address.casefold()
    found: list[LinkMail] = []
    for name, member in members.items():
        record = registered.get(name)
        address = record.address if record and record.address else member.email
        if address.casefold() == wanted:
            found.append(LinkMail(member, address, request.id))
    return tuple(found)


def _may_be_written(outbox: Outbox, member: str, moment: Moment) -> bool:
    last = outbox.load_last_saved_at(member)
    has_paused = last is None or moment.at - last >= LEAST_PAUSE
    return has_paused and outbox.count_saved_since(moment.at - timedelta(days=1), member) < MAILS_A_DAY


def _write(workspace: Workspace, outbox: Outbox, links: PortalLinks, mail: LinkMail, moment: Moment) -> tuple[str, ...]:
    key = read_dkim_key(workspace.settings)
    try:
        letter = render_link_letter(mail, signing_sender(workspace), links, at=moment.at, key=key)
    except DigestRefused as error:
        return (str(error),)
    outbox.save_letter(letter, at=moment.at)
    return ()


def _why_not(workspace: Workspace, register: LinkRegister) -> Callable[[Letter], str | None]:
    """Why a mail is not sent any more: another address is registered, or the address takes no letters."""
    blocked = dict(Archive(workspace.outbox).load_blocked())

    def why_not(letter: Letter) -> str | None:
        if is_former_address(letter, register.load()):
            return "another address is registered now"
        return blocked.get(letter.address.lower())

    return why_not


def find_unsent_mails(workspace: Workspace) -> tuple[str, ...]:
    """A sentence for each mail with a link that was requested and has not left."""
    waiting = Archive(workspace.link_outbox).load_undelivered()
    return tuple(f"the mail with a link to {member} is {state}: {detail}" for member, _, state, detail in waiting)


class LinkMailer:
    """A thread beside the portal that answers requests when they come, and once a minute those that wait."""

    def __init__(self, answer: Callable[[], tuple[str, ...]]) -> None:
        self._answer = answer
        self._wake, self._is_ending = Event(), Event()
        self._thread = Thread(target=self._run, name="link mailer", daemon=True)

    def start(self) -> None:
        """Begins, with the requests that were left."""
        self._wake.set()
        self._thread.start()

    def wake(self) -> None:
        """A request came."""
        self._wake.set()

    def stop(self) -> None:
        """Ends after the mail that is being sent."""
        self._is_ending.set()
        self._wake.set()
        self._thread.join(30)

    def _run(self) -> None:
        while True:
            self._wake.wait(_POLL_SECONDS)
            self._wake.clear()
            if self._is_ending.is_set():
                return
            try:
                troubles = self._answer()
            except (DigestError, PortalError, PipelineError, WarehouseError, OutboxError, OSError) as error:
                troubles = (str(error),)
            if troubles:  # no member's name: the outbox has the sentences
                log.warning("action needed", extra={"values": {"mails_with_a_link_not_sent": len(troubles)}})
