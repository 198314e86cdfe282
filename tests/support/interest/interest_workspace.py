"""A data folder in which one lot was judged for three members, after the key ceremony of the night."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from interest.crypto.key_rotation import hold_ceremony
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace, as_of
from pipelines.nightly.interest import policy_of, room_of, set_up
from tests.support.interest.interest_world import borrowed_keys
from tests.support.letters.digest_examples import MEMBERS, make_lot, make_match_result
from tests.support.stores import open_both

NIGHT = date(2026, 11, 20)


def night_workspace(folder: Path) -> Workspace:
    """A data folder in which a lot was judged, after the ceremony of the night."""
    workspace = Workspace(Settings(data=folder / "data"))
    lot = make_lot("100001")
    with open_both(workspace) as store:
        store.save_members(MEMBERS.values())
        store.save_notices([replace(lot.notice, lots=(lot.lot,))])
        store.set_as_of(as_of(NIGHT))
        (kept,) = store.load_open_lots()
        store.save_match_results(NIGHT, [make_match_result(kept, 0.8)])
    set_up(workspace, None)
    keys = borrowed_keys()
    deadline = kept.lot.deadline
    assert deadline
    room = room_of(workspace)
    hold_ceremony(
        room, [(kept.uid, deadline.at.date())], today=NIGHT, policy=policy_of(room), make_key=lambda: next(keys)
    )
    return workspace
