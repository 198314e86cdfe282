"""Each store broken in six ways: no command ends with a traceback, and `pib rebuild` makes it anew or says why not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from digests.delivery.outbox import Outbox
from interest.crypto.sealed_store import SealedRow, SealedStore
from interest.roles.issuer import Issuer
from matching.members_file.members import demo_members
from pipelines.cli.main import main
from pipelines.config.settings import Settings
from pipelines.config.workspace import ZONE, Workspace
from pipelines.nightly.mail import run_sending
from pipelines.recovery.stores import MendedStore, mend_stores
from portal.member_choices import Choices, IssuedForm, LotFeedback, Opinion
from presentation.errors import SecretUnfit
from presentation.signed_links import load_or_create_secret
from tests.support.damage import DAMAGES, remove
from tests.support.letters.kept_letters import make_letters, states

AT = datetime(2026, 11, 29, 18, tzinfo=ZONE)
STOPPED = demo_members()[0].id
HOME = "clusters/default"
SEALED = f"{HOME}/interest/collector/sealed.sqlite"
ISSUED = f"{HOME}/interest/issuer/issued.sqlite"
LOOKING = (("status",), ("members", "list"), ("identity", "show", "x"), ("match", "x"), ("why", STOPPED, "x"))
WRITING = (("members", "import", "--demo"), ("identity", "undo", "x"), ("reread", "--set-aside"), ("export",))
COMMANDS = {
    "facts/warehouse.duckdb": (*LOOKING, *WRITING, ("send",)),
    f"{HOME}/cluster.duckdb": (*LOOKING, *WRITING, ("send",)),
    f"{HOME}/outbox.sqlite": (("send",), ("bounces", "--forgive", "a@firm.example")),
    f"{HOME}/choices.sqlite": (("send",),),
    SEALED: (("interest", "gate", "--on", "2026-11-29"), ("interest", "erase", STOPPED)),
    ISSUED: (("interest", "ceremony", "--on", "2026-11-29"), ("interest", "erase", STOPPED)),
}


@pytest.fixture
def workspace(tmp_path: Path, after_a_night: Path) -> Workspace:
    """A copy of the cluster, with something in both stores of interest."""
    shutil.copytree(after_a_night, tmp_path / "data")
    workspace = Workspace(Settings(data=tmp_path / "data"))
    store = SealedStore(workspace.interest / "collector")
    for number in range(8):
        store.spend(SealedRow(bytes([number]) * 32, bytes([100 + number]) * 32, bytes(4096)))
    Issuer(workspace.interest / "issuer").forget()
    return workspace


def run(capsys: pytest.CaptureFixture[str], workspace: Workspace, *words: str) -> tuple[int, str]:
    """The exit code of a command and what it writes to standard error; any other exception is a traceback."""
    with pytest.raises(SystemExit) as ended:
        main([*words, "--data", str(workspace.data)])
    return int(ended.value.code or 0), capsys.readouterr().err


@pytest.mark.parametrize("harm", DAMAGES)
@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_ends_with_a_traceback(
    capsys: pytest.CaptureFixture[str], workspace: Workspace, name: str, harm: Callable[[Path], None]
) -> None:
    harm(workspace.data / name)
    for words in COMMANDS[name]:
        code, error = run(capsys, workspace, *words)
        assert "Traceback" not in error
        assert code == 0 or error.startswith(("pib: ", "Usage")), (words, error)


def mend(workspace: Workspace) -> MendedStore:
    (store,) = mend_stores(workspace, at=AT)
    assert mend_stores(workspace, at=AT) == () or not store.is_mended
    return store


@pytest.mark.parametrize("harm", DAMAGES)
def test_a_broken_outbox_is_made_anew_and_no_letter_leaves_again(
    workspace: Workspace, harm: Callable[[Path], None]
) -> None:
    letters = {path.name for path in (workspace.maildir / "new").iterdir()}
    with Outbox.open(workspace.outbox) as outbox:
        notified = [outbox.load_notified(f"m{number}") for number in range(3)]
    harm(workspace.outbox)
    assert mend(workspace).is_mended
    with Outbox.open(workspace.outbox) as outbox:
        assert states(outbox) == ["sent"] * 3
        assert [outbox.load_notified(f"m{number}") for number in range(3)] == notified
        assert not any(outbox.save_letter(letter, at=AT) for letter in make_letters(3))
        run_sending(workspace, outbox, frozenset({"m0", "m1", "m2"}))
    assert {path.name for path in (workspace.maildir / "new").iterdir()} == letters


def test_a_letter_that_waited_when_its_bytes_were_lost_is_named_and_not_sent_twice(workspace: Workspace) -> None:
    records = workspace.member_records / "letters.jsonl"
    records.write_text(records.read_text().replace('"state": "sent"', '"state": "unknown"', 1))
    remove(workspace.outbox)
    assert any("not known to have left" in loss and "m0" in loss for loss in mend(workspace).losses)
    with Outbox.open(workspace.outbox) as outbox:
        assert states(outbox) == ["sent"] * 3


@pytest.mark.parametrize("name", ["outbox.sqlite", "choices.sqlite"])
def test_without_the_files_of_a_night_a_lost_store_is_not_made_anew(workspace: Workspace, name: str) -> None:
    shutil.rmtree(workspace.member_records)
    remove(workspace.home / name)
    store = mend(workspace)
    assert not store.is_mended
    assert "backup" in store.losses[0]
    assert not (workspace.home / name).exists()


@pytest.mark.parametrize("harm", DAMAGES)
def test_broken_choices_are_made_anew_and_who_unsubscribed_stays_so(
    workspace: Workspace, harm: Callable[[Path], None]
) -> None:
    harm(workspace.choices)
    store = mend(workspace)
    assert store.is_mended
    assert any("could not be read" in loss for loss in store.losses)
    choices = Choices(workspace.choices)
    assert choices.has_stopped(STOPPED)
    choices.save_feedback(LotFeedback("m1", "lot-2", Opinion.RELEVANT, None, AT), IssuedForm("f", AT))


def test_of_choices_in_part_damaged_the_rest_is_kept(workspace: Workspace) -> None:
    choices = Choices(workspace.choices)
    for number in range(400):
        choices.stop(f"member-{number}", at=AT)
    body = workspace.choices.read_bytes()
    workspace.choices.write_bytes(body[:-4096] + bytes(255 - byte for byte in body[-4096:]))
    mend(workspace)
    kept = choices.load_stopped().keys() - {STOPPED}
    assert 0 < len(kept) < 400, "the test wants a file that is readable in part"
    assert STOPPED in choices.load_stopped()


@pytest.mark.parametrize("harm", [*DAMAGES[:2], *DAMAGES[3:]])
def test_a_broken_secret_is_refused_and_renewed_by_a_rebuild_alone(
    workspace: Workspace, harm: Callable[[Path], None]
) -> None:
    before = workspace.link_secret.read_bytes()
    harm(workspace.link_secret)
    with pytest.raises(SecretUnfit, match="pib rebuild"):
        load_or_create_secret(workspace.link_secret)
    (loss,) = mend(workspace).losses
    assert "no link of a letter sent before" in loss
    after = load_or_create_secret(workspace.link_secret)
    assert len(after) == 32
    assert after != before


@pytest.mark.parametrize("harm", DAMAGES)
@pytest.mark.parametrize("name", [SEALED, ISSUED])
def test_a_broken_store_of_interest_is_refused_and_left_to_the_backup(
    workspace: Workspace, name: str, harm: Callable[[Path], None]
) -> None:
    harm(workspace.data / name)
    store = mend(workspace)
    assert not store.is_mended
    assert "pib restore" in store.losses[0]


def test_stores_that_are_whole_are_left_alone(workspace: Workspace) -> None:
    before = {path: path.read_bytes() for path in workspace.home.glob("*") if path.is_file()}
    assert mend_stores(workspace, at=AT) == ()
    after = {path: path.read_bytes() for path in before}
    assert {path: body for path, body in after.items() if "lock" not in path.name} == {
        path: body for path, body in before.items() if "lock" not in path.name
    }


def test_a_store_that_was_never_made_is_not_missed(tmp_path: Path) -> None:
    assert mend_stores(Workspace(Settings(data=tmp_path / "new")), at=AT) == ()


def test_a_store_deleted_with_its_mark_begins_anew(workspace: Workspace) -> None:
    remove(workspace.outbox)
    workspace.outbox.with_name("outbox.sqlite.made").unlink()
    with Outbox.open(workspace.outbox) as outbox:
        assert states(outbox) == []
