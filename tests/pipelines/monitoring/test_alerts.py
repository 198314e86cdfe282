"""Who is told, of what, and how often: once when it is new, again after a day, once when it is over."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from dagster import DagsterInstance, DagsterRunStatus, job, op

from digests.delivery.outbox import LetterState, Outbox
from digests.rendering.letter import Letter
from pipelines.config.settings import Alerts, Dkim, Settings, Smtp
from pipelines.config.workspace import ZONE, Workspace
from pipelines.errors import BadSettings
from pipelines.monitoring.alerts import send_alerts
from pipelines.monitoring.failed_runs import find_failed_runs
from pipelines.monitoring.metrics import WatchCollector, write_metrics
from pipelines.monitoring.problems import ProblemKind, find_problems
from tests.support.commands.crawl_portal import Answer, Portal, ReceivedRequest, portal
from tests.support.stores import open_both
from warehouse.model.night_reports import Crawl

NIGHT = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 12, tzinfo=ZONE)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SILENT = "fr_boamp is missing since 2026-11-20: the portal did not answer"


def make_workspace(folder: Path, alerts: Alerts | None) -> Workspace:
    """A data folder after a night with one source that did not answer."""
    workspace = Workspace(Settings(data=folder, alerts=alerts, model="none"))
    with open_both(workspace) as store:
        store.set_as_of(datetime(2026, 11, 20, 10, tzinfo=ZONE))
        store.save_crawl(Crawl("eu_ted", NIGHT, NIGHT, NIGHT, complete=True, notices=7))
        store.save_crawl(Crawl("fr_boamp", NIGHT, NIGHT, NIGHT, complete=False, error="the portal did not answer"))
    return workspace


def mend(workspace: Workspace) -> None:
    with workspace.open_facts() as store:
        store.save_crawl(Crawl("fr_boamp", NIGHT, NIGHT, NIGHT, complete=True))
        store.publish_copy(workspace.facts_copy)


def add_failed_letter(workspace: Workspace) -> None:
    letter = Letter("nuagera", "2026-47", "pib@a.example", "boss@nuagera.example", "<1@a.example>", "Calls", b"", "", 1)
    with Outbox.open(workspace.outbox) as outbox:
        outbox.save_letter(letter, at=NOW)
        outbox.mark("nuagera", "2026-47", LetterState.FAILED, at=NOW, detail="550 no such mailbox")


def mails(workspace: Workspace) -> list[str]:
    """What lies in the Maildir, oldest first."""
    paths = sorted((workspace.operator_mail / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
    messages = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]
    return [f"{message['To']} | {message['Subject'].strip()} | {message.get_content()}" for message in messages]


@pytest.fixture
def mailed(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "data", Alerts(mail="operator@cluster.example"))


def test_a_problem_is_mailed_once_then_once_a_day_and_its_end_once(mailed: Workspace) -> None:
    due = [send_alerts(mailed, NOW + after).is_due for after in (timedelta(), HOUR, DAY, DAY + HOUR)]
    mend(mailed)
    due += [send_alerts(mailed, NOW + DAY + hours * HOUR).is_due for hours in (2, 3)]
    assert due == [True, False, True, False, True, False]
    first, _, last = mails(mailed)
    assert first.startswith("operator@cluster.example | PIB needs you: fr_boamp is missing since 2026-11-20")
    assert SILENT in first
    assert "all is well again" in last


def test_a_new_problem_is_mailed_at_once(mailed: Workspace) -> None:
    send_alerts(mailed, NOW)
    add_failed_letter(mailed)
    assert send_alerts(mailed, NOW + HOUR).is_due
    assert "550 no such mailbox" in mails(mailed)[1]


def test_a_night_that_did_not_come_is_a_problem(mailed: Workspace) -> None:
    mend(mailed)
    assert find_problems(mailed, NOW + DAY) == ()
    (problem,) = find_problems(mailed, NOW + 2 * DAY)
    assert problem.kind is ProblemKind.NIGHT
    assert "no night has run since that of 2026-11-20" in problem.sentence


def test_before_the_first_night_there_is_one_problem(tmp_path: Path) -> None:
    workspace = Workspace(Settings(data=tmp_path, alerts=Alerts(mail="operator@cluster.example")))
    (problem,) = find_problems(workspace, NOW)
    assert problem.kind is ProblemKind.NIGHT


def test_nobody_is_alerted_without_a_name(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"no \[alerts\]"):
        send_alerts(make_workspace(tmp_path / "data", None), NOW)


def called(tmp_path: Path, status: int) -> tuple[Workspace, Portal, list[bool]]:
    def answer(_: ReceivedRequest) -> Answer:
        return Answer(status)

    with portal(answer) as chat:
        workspace = make_workspace(tmp_path / "data", Alerts(webhook=f"{chat.url}/hook/secret"))
        add_failed_letter(workspace)
        reports = [send_alerts(workspace, NOW + hours * HOUR) for hours in range(2)]
    assert all("secret" not in failure for report in reports for failure in report.failures)
    return workspace, chat, [report.is_due for report in reports]


def test_a_webhook_is_given_no_name_of_a_member(tmp_path: Path) -> None:
    _, chat, due = called(tmp_path, 200)
    (request,) = chat.received
    assert due == [True, False]
    assert SILENT in request.json["text"]
    assert "1 about letters" in request.json["text"]
    assert "nuagera" not in request.body.decode()


def test_what_could_not_be_reported_is_reported_by_the_next_look(tmp_path: Path) -> None:
    _, chat, due = called(tmp_path, 500)
    assert due == [True, True]
    assert len(chat.received) == 2


def test_a_server_that_refuses_does_not_stop_the_other_way(tmp_path: Path) -> None:
    with portal(lambda _: Answer()) as chat:
        alerts = Alerts(mail="operator@cluster.example", webhook=f"{chat.url}/hook")
        workspace = make_workspace(tmp_path / "data", alerts)
        workspace = Workspace(workspace.settings.changed(smtp=Smtp(host="127.0.0.1", port=9, security="none")))
        report = send_alerts(workspace, NOW)
    assert len(chat.received) == 1
    (failure,) = report.failures
    assert failure.startswith("the alert could not be mailed")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "names nobody"),
        ({"mail": "operator"}, "no mail address"),
        ({"webhook": "http://chat.example/hook"}, "no https address"),
        ({"mail": "a@b.example", "silent_hours": 0}, "silent_hours 0"),
    ],
)
def test_impossible_alerts_are_refused_in_a_sentence(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadSettings, match=sentence):
        Alerts(**values)  # type: ignore[arg-type]


def test_a_night_that_failed_is_a_problem_until_one_succeeds() -> None:
    @op
    def stage() -> None: ...

    @job
    def night() -> None:
        stage()

    with DagsterInstance.ephemeral() as instance:
        instance.create_run_for_job(night, status=DagsterRunStatus.FAILURE, tags={"dagster/partition": "2026-11-20"})
        assert [(p.kind, "2026-11-20 failed" in p.sentence) for p in find_failed_runs(instance)] == [
            (ProblemKind.NIGHT, True)
        ]
        instance.create_run_for_job(night, status=DagsterRunStatus.SUCCESS)
        assert find_failed_runs(instance) == ()


def test_the_measurements_name_sources_and_no_member(mailed: Workspace) -> None:
    add_failed_letter(mailed)
    text = write_metrics(mailed)
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert lines["pib_read_ok"] == "1.0"
    assert lines['pib_source_complete{source="eu_ted"}'] == "1.0"
    assert lines['pib_source_complete{source="fr_boamp"}'] == "0.0"
    assert lines['pib_source_notices{source="eu_ted"}'] == "7.0"
    assert lines['pib_letters{state="failed"}'] == "1.0"
    assert lines['pib_problems{kind="source"}'] == "1.0"
    assert float(lines["pib_last_night_timestamp_seconds"]) == datetime(2026, 11, 20, 10, tzinfo=ZONE).timestamp()
    assert "nuagera" not in text


def test_a_store_that_cannot_be_read_gives_the_measurements_read_last(mailed: Workspace) -> None:
    moments = iter((NOW, NOW + timedelta(seconds=30), NOW + HOUR))
    collector = WatchCollector(mailed, lambda: next(moments))
    first = list(collector.collect())
    mailed.store.write_bytes(b"garbage")
    within_a_minute, later = list(collector.collect()), list(collector.collect())
    assert within_a_minute == first
    assert [metric.samples[0].value for metric in (first[0], later[0])] == [1, 0]
    assert later[1:] == first[1:] != []


def test_a_store_that_cannot_be_read_is_a_problem(mailed: Workspace) -> None:
    mailed.store.write_bytes(b"garbage")
    report = send_alerts(mailed, NOW)
    assert [problem.kind for problem in report.problems] == [ProblemKind.STORE]
    assert "pib rebuild" in mails(mailed)[0]


def test_an_alert_is_signed_like_a_letter(mailed: Workspace, tmp_path: Path) -> None:
    key = tmp_path / "dkim.pem"
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    key.write_bytes(private.private_bytes(*pem))
    key.chmod(0o600)
    signing = replace(mailed, settings=mailed.settings.changed(dkim=Dkim(selector="pib", key=key)))
    send_alerts(signing, NOW)
    (path,) = (signing.operator_mail / "new").iterdir()
    assert path.read_bytes().startswith(b"DKIM-Signature:")


def test_what_a_problem_says_of_letters_is_for_the_operator_alone(mailed: Workspace) -> None:
    add_failed_letter(mailed)
    problems = find_problems(mailed, NOW)
    assert [problem.names_members for problem in problems] == [False, True]
