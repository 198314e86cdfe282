"""`pib send` and `pib bounces`: sending and failure notices by hand, between two nights."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from digests.delivery.bounces import BounceReport, load_blocked_addresses
from digests.delivery.bounces import unblock as unblock_address
from digests.delivery.outbox import Outbox
from digests.delivery.retry import retry_failed
from digests.delivery.sending import SendReport
from pipelines.cli.options import AsJson, with_workspace
from pipelines.config.clock import MachineClock
from pipelines.config.workspace import Workspace
from pipelines.config.write_lock import writes
from pipelines.errors import BadSettings
from pipelines.nightly.mail import run_bounces, run_sending
from pipelines.nightly.plain_files import write_letter_records


@with_workspace
def send(
    workspace: Workspace,
    again: Annotated[
        bool, typer.Option("--again", help="Also those that failed, after a person corrected the cause.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send the letters that wait, between two nights; each once, however many processes send."""
    if not _send_letters(workspace, as_json=as_json, again=again):
        raise typer.Exit(1)


@with_workspace
def bounces(
    workspace: Workspace,
    forgive: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Write to a corrected address again.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read the failure notices that came back; two permanent ones, and an address is blocked."""
    _read_bounces(workspace, as_json=as_json, forgiven=forgive)


@writes("pib send")
def _send_letters(workspace: Workspace, *, as_json: bool, again: bool) -> bool:
    """Sends what waits, and prints the result. Whether every letter that was due has left."""
    with workspace.reading() as store:
        addresses = {member.id: member.email for member in store.load_members()}
    with Outbox.open(workspace.outbox) as outbox:
        if again:
            same, moved = retry_failed(outbox, addresses, at=MachineClock().now().at)
            sys.stderr.write(
                f"{same} failed letters are tried again; {moved} to an address that is another one now were removed, "
                "the next night writes them anew.\n"
            )
        report = run_sending(workspace, outbox, frozenset(addresses))
        write_letter_records(workspace, outbox)
    sys.stdout.write(
        json.dumps(asdict(report)) + "\n" if as_json else "".join(f"{s}\n" for s in _summary_lines(report))
    )
    return not report.troubles


def _summary_lines(report: SendReport) -> list[str]:
    tally = report.tally
    return [
        f"{report.sent} letters left, {report.retried} that may have left before went again under the same Message-ID, "
        f"{report.suppressed} were kept back.",
        *report.troubles,
        f"All letters: {tally.due} due = {tally.sent} sent + {tally.suppressed} suppressed + {tally.failed} failed + "
        f"{tally.unknown} unknown; {tally.deferred} wait for their time.",
    ]


@writes("pib bounces")
def _read_bounces(workspace: Workspace, *, as_json: bool, forgiven: str | None) -> None:
    """Reads the failure notices, or opens a blocked address again."""
    with Outbox.open(workspace.outbox) as outbox:
        if forgiven:
            known = unblock_address(outbox, forgiven)
            sys.stdout.write(f"{forgiven} is written to again.\n" if known else f"{forgiven} was not blocked.\n")
            return
        report = run_bounces(workspace, outbox)
        if report is None:
            raise BadSettings("no mailbox of failure notices is set; write a table [bounces] in pib.toml")
        write_letter_records(workspace, outbox)
        blocked = load_blocked_addresses(outbox)
    if as_json:
        sys.stdout.write(json.dumps({**asdict(report), "left_alone": dict(blocked)}) + "\n")
    else:
        sys.stdout.write("".join(f"{sentence}\n" for sentence in _bounce_lines(report, blocked)))


def _bounce_lines(report: BounceReport, blocked: tuple[tuple[str, str], ...]) -> list[str]:
    return [
        f"{report.read} messages read: {report.hard} letters failed for good, {report.soft} for now, "
        f"{report.strange} notices name no letter of ours.",
        *report.blocked,
        *(f"Left alone: {address} ({reason})" for address, reason in blocked),
    ]
