"""`pib members erase` deletes a member from every store of a data folder, older nights included."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from typer.testing import CliRunner

from digests.delivery.outbox import Outbox
from matching.members_file.members import demo_members
from pipelines.cli.main import app
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from portal.member_choices import Choices
from presentation.link_register import LinkRegister
from warehouse.model.match_results import MatchResult, Refusal, RefusalKind
from warehouse.results.archive import Retention

MEMBER, OTHER = (member.id for member in demo_members()[:2])
NIGHTS = (date(2026, 11, 28), date(2026, 11, 29))


def test_nothing_of_an_erased_member_is_left_but_that_it_stopped_its_letters(
    after_a_night: Path, tmp_path: Path
) -> None:
    data = shutil.copytree(after_a_night, tmp_path / "data")
    workspace = Workspace(Settings(data=data))
    refused = tuple(Refusal("lot:1", member, RefusalKind.LANGUAGE, "NL") for member in (MEMBER, OTHER))
    with workspace.open_cluster() as store:
        for night in NIGHTS:
            store.save_match_results(night, [MatchResult("lot:1", (), (), refused, ())])
        store.archive_results(workspace.archive, Retention(1, 24))
    for member in (MEMBER, "m0"):  # m0 has letters
        erased = CliRunner().invoke(app, ["members", "erase", member, "--data", str(data)])
        assert (erased.exit_code, f"Nothing of {member} is kept" in erased.output) == (0, True)
    with workspace.reading() as store:
        assert MEMBER not in {member.id for member in store.load_members()}
        assert store.load_feedback() == ()
        results = [store.load_match_result(night, "lot:1", workspace.archive) for night in NIGHTS]
        assert [result and result.refusals for result in results] == [(refused[1],)] * 2
    with Outbox.open(workspace.outbox) as outbox:
        assert {letter.member for letter in outbox.load_letter_statuses()} == {"m1", "m2"}
    assert Choices(workspace.choices).has_stopped(MEMBER)
    assert LinkRegister(workspace.link_register).load()[MEMBER].address == ""
    records = [path for folder in (workspace.member_records, workspace.archive) for path in folder.iterdir()]
    stopped = workspace.member_records / "stopped.jsonl"
    assert [path for path in records if MEMBER.encode() in path.read_bytes()] == [stopped]
