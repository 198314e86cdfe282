"""A cluster after a night, for what is done to its data folder afterwards."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from digests.delivery.outbox import Outbox
from interest.policy import SHIPPED
from matching.members_file.members import demo_members
from pipelines.config.settings import Settings
from pipelines.config.workspace import ZONE, Workspace, as_of
from pipelines.nightly.interest import set_up
from pipelines.nightly.mail import run_sending
from pipelines.nightly.plain_files import write_letter_records
from pipelines.nightly.stages import run_exports
from portal.member_choices import Choices
from presentation.link_register import LinkRegister
from presentation.signed_links import load_or_create_secret
from tests.support.letters.kept_letters import make_letters
from tests.support.stores import open_both
from warehouse.model.feedback import Answer, Feedback
from warehouse.model.night_reports import Crawl


@pytest.fixture(scope="package")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cluster after the night of 29 November 2026: members, feedback, an opt-out of the first member, three letters
    sent, interest set up, trained weights. Nobody writes to it."""
    night, at = date(2026, 11, 29), datetime(2026, 11, 29, 12, tzinfo=ZONE)
    first = demo_members()[0].id
    workspace = Workspace(Settings(data=tmp_path_factory.mktemp("night") / "data"))
    landed = workspace.landing("eu_ted", night)
    landed.mkdir(parents=True)
    (landed / "1.xml").write_bytes(b"<notice/>")
    with open_both(workspace) as store:
        store.save_members(demo_members())
        store.save_crawl(Crawl(source="eu_ted", night=night, window_from=night, window_to=night, complete=True))
        store.set_as_of(as_of(night))
        store.save_feedback(Feedback(first, "lot-1", Answer.TOO_BIG, at, "pib"))
    Choices(workspace.choices).stop(first, at=at)
    load_or_create_secret(workspace.link_secret)
    LinkRegister(workspace.link_register).revoke(first, at=at)
    workspace.weights.write_text("fit = 1\n")
    set_up(workspace, SHIPPED)
    with Outbox.open(workspace.outbox) as outbox:
        for letter in make_letters(3):
            outbox.save_letter(letter, at=at)
        run_sending(workspace, outbox, frozenset({"m0", "m1", "m2"}))
        write_letter_records(workspace, outbox)
    run_exports(workspace, night)
    return workspace.data
