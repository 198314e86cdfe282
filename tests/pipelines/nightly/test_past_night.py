"""A night older than the newest sends nothing and publishes nothing: its days left would be wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from digests.delivery.outbox import Outbox
from matching.members_file.members import demo_members
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace, as_of
from pipelines.nightly.stages import run_digests, run_exports, run_publish
from tests.support.letters.kept_letters import make_letters, states
from tests.support.stores import open_both
from warehouse.model.night_reports import Crawl

NEWEST, PAST = date(2026, 11, 29), date(2026, 11, 19)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """After the night of the newest: a letter waits, the readers' copy is published, and an older night was matched."""
    workspace = Workspace(Settings(data=tmp_path / "data"))
    with open_both(workspace) as store:
        store.save_members(demo_members())
        store.save_crawl(Crawl(source="eu_ted", night=NEWEST, window_from=NEWEST, window_to=NEWEST, complete=True))
        store.set_as_of(as_of(NEWEST))
    run_exports(workspace, NEWEST)
    with workspace.open_facts() as store:
        store.set_as_of(as_of(PAST))
    with Outbox.open(workspace.outbox) as outbox:
        (letter,) = make_letters(1)
        outbox.save_letter(letter, at=as_of(NEWEST))
    return workspace


def test_an_older_night_writes_and_sends_no_letter(workspace: Workspace) -> None:
    letters = run_digests(workspace, PAST)
    assert (letters.written, letters.report.sent, letters.later) == (0, 0, NEWEST)
    with Outbox.open(workspace.outbox) as outbox:
        assert states(outbox) == ["rendered"]


def test_an_older_night_leaves_the_published_copy_as_it_is(workspace: Workspace) -> None:
    before = workspace.reading_copy.read_bytes()
    assert run_exports(workspace, PAST) == {}
    assert workspace.reading_copy.read_bytes() == before
    run_publish(workspace, PAST)
    with workspace.reading() as store:
        assert store.load_as_of() == as_of(NEWEST)


def test_the_newest_night_may_be_run_again(workspace: Workspace) -> None:
    assert run_digests(workspace, NEWEST).later is None
    assert run_exports(workspace, NEWEST)
