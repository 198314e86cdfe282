"""Alerts: the operator is mailed, and a webhook called, when there is something new to act on, and when it is over.

What was reported last lies in `alerts.json`: a problem is reported once, again a day later while it lasts, and its end
once. A process killed between the sending and the writing of that file reports a second time; none is lost.
"""

import hashlib
import json
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from digests.delivery.transports import MaildirTransport
from digests.errors import TransportError
from digests.rendering.plain_mail import PlainMail, write_plain_mail
from pipelines.config.clusters import each_cluster
from pipelines.config.workspace import Workspace
from pipelines.errors import BadSettings
from pipelines.monitoring.problems import OperatorProblem, find_problems
from pipelines.nightly.digests import read_dkim_key, sender_of
from pipelines.nightly.mail import transport_of
from presentation.sanitize import clip_text
from warehouse.atomic_files import write_whole
from warehouse.errors import StoreLocked

REMINDED_AFTER = timedelta(days=1)
"""A problem that lasts is reported again after this long."""
_WEBHOOK_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class LastAlert:
    """What was reported last: the sentences and the moment; none before the first."""

    sentences: frozenset[str]
    at: datetime | None

    @classmethod
    def load(cls, path: Path) -> "LastAlert":
        """From `alerts.json`; one that cannot be read counts as none, so that the next alert is sent."""
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
            return cls(frozenset(known["sentences"]), datetime.fromisoformat(known["at"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return cls(frozenset(), None)


@dataclass(frozen=True, slots=True)
class AlertReport:
    """The problems of now, whether an alert was due, and a sentence for each way that failed."""

    problems: tuple[OperatorProblem, ...]
    is_due: bool
    failures: tuple[str, ...]


def send_alerts(workspace: Workspace, now: datetime, extra: Sequence[OperatorProblem] = ()) -> AlertReport:
    """Reports what is new, what lasts for a day, or that all is over, by the ways of the settings' [alerts].

    Args:
        workspace: whose problems, settings and `alerts.json` are used.
        now: the moment, zone-aware.
        extra: problems that only the caller knows, such as a run that failed.

    Raises BadSettings without [alerts], and StoreLocked while a night holds the store.
    """
    alerts = workspace.settings.alerts
    if alerts is None:
        raise BadSettings("there is no [alerts] in pib.toml: name a mailbox (mail) or an address to call (webhook)")
    problems = (*extra, *find_problems(workspace, now))
    last = LastAlert.load(workspace.alerts)
    if not is_due(problems, last, now):
        return AlertReport(problems, is_due=False, failures=())
    failures = tuple(_report(workspace, problems, now))
    ways = sum(way is not None for way in (alerts.mail, alerts.webhook))
    if len(failures) < ways:  # one way that worked is enough: the next day reminds by all
        sentences = sorted({problem.sentence for problem in problems})
        write_whole(workspace.alerts, json.dumps({"at": now.isoformat(), "sentences": sentences}).encode())
    return AlertReport(problems, is_due=True, failures=failures)


def send_all_alerts(
    workspace: Workspace, now: datetime, extra: Sequence[OperatorProblem] = ()
) -> tuple[AlertReport, ...]:
    """As send_alerts, for each cluster of an installation, with what concerns all of them (`extra`) in the first one's.
    A cluster whose store is held by a night is a failure in its report, and stops no other."""
    clusters = tuple(each_cluster(workspace)) or (workspace,)
    return tuple(_send(cluster, now, () if place else extra) for place, cluster in enumerate(clusters))


def _send(cluster: Workspace, now: datetime, extra: Sequence[OperatorProblem]) -> AlertReport:
    try:
        return send_alerts(cluster, now, extra)
    except StoreLocked as held:
        return AlertReport((*extra,), is_due=False, failures=(f"cluster {cluster.cluster}: {held}",))


def is_due(problems: Sequence[OperatorProblem], last: LastAlert, now: datetime) -> bool:
    """Whether an alert is due: for a new problem, for one that lasts a day, or because the last one is over."""
    sentences = {problem.sentence for problem in problems}
    if not sentences:
        return bool(last.sentences)
    return bool(sentences - last.sentences) or last.at is None or now - last.at >= REMINDED_AFTER


def _report(workspace: Workspace, problems: Sequence[OperatorProblem], now: datetime) -> Iterator[str]:
    alerts = workspace.settings.alerts
    if alerts and alerts.mail:
        try:
            _mail(workspace, alerts.mail, problems, now)
        except TransportError as error:
            yield f"the alert could not be mailed: {error}"
    if alerts and alerts.webhook:
        try:
            _call(alerts.webhook, problems)
        except (URLError, HTTPException, OSError) as error:
            yield f"the webhook of [alerts] could not be called: {error}"


def _mail(workspace: Workspace, mailbox: str, problems: Sequence[OperatorProblem], now: datetime) -> None:
    settings, text = workspace.settings, "\n".join(_lines(problems, workspace))
    token = hashlib.sha256(f"{now.isoformat()}\n{text}".encode()).hexdigest()[:24]
    mail = PlainMail("", mailbox, _subject(problems), text, "en", f"{token}.alert")
    key = read_dkim_key(settings)
    edition = f"alert-{now:%Y-%m-%d}"
    letter = write_plain_mail(mail, sender_of(settings), member="operator", edition=edition, at=now, key=key)
    # Without a mail server alerts lie apart from letters.
    transport = transport_of(workspace) if settings.smtp else MaildirTransport(workspace.operator_mail)
    with transport.connected():
        transport.deliver(letter)


def _subject(problems: Sequence[OperatorProblem]) -> str:
    if not problems:
        return "PIB: all is well again"
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"PIB needs you: {clip_text(problems[0].sentence, 50)}{more}"


def _lines(problems: Sequence[OperatorProblem], workspace: Workspace) -> Iterator[str]:
    if not problems:
        yield "What was reported before is over. Nothing needs you now."
        return
    yield f"On {socket.gethostname()}, in {workspace.home}:"
    yield ""
    for problem in problems:
        yield f"- {problem.sentence}"
    yield ""
    yield "`pib status` shows how all stands now. You are written to again in a day while this lasts."


def _call(url: str, problems: Sequence[OperatorProblem]) -> None:
    """POSTs JSON with a `text`, as chat services take it. A sentence that names members is counted, not given."""
    given = [f"- {problem.sentence}" for problem in problems if not problem.names_members]
    kept = len(problems) - len(given)
    given += [f"- {kept} about letters: see `pib status`"] if kept else []
    body = json.dumps({"text": "\n".join(["PIB needs you:", *given] if given else [_subject(())])}).encode()
    request = Request(url, data=body, headers={"Content-Type": "application/json"}, method="POST")  # noqa: S310 - http(s) only: checked with the settings
    with urlopen(request, timeout=_WEBHOOK_SECONDS):  # noqa: S310
        return
