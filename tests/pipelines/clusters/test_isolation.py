"""Clusters share facts and nothing else: none is read through another's store, exports, portal, night or log, and one
that fails stops no other."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult, materialize
from starlette.testclient import TestClient

from matching.encoder.embedding import digest_of, load_model
from matching.engine import texts_to_encode
from pipelines.assets.cluster import cluster_assets
from pipelines.assets.facts import facts, lots, vectors
from pipelines.cli.serve import open_portal
from pipelines.config.clusters import of_cluster
from pipelines.config.completed_nights import find_completed_night
from pipelines.config.portal_links import open_links
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from pipelines.stage_log import start_logging
from portal.app import create_app
from presentation.signed_links import Purpose, load_or_create_secret
from tests.support.matching_world import NOON, competence, lot, member
from tests.support.stores import open_cluster, open_facts
from warehouse.model.members import Preferences

NIGHT = date(2026, 11, 16)
BASE = "http://portal.example"
SERVERS = lot("Serveurs de la commune", "Des baies de stockage.", cpv=["48820000"], closes=NOON + timedelta(days=30))
MARKS = {"north": "borealis", "south": "australis"}
"""What each cluster's member is called, and nothing else in the world is."""


@dataclass(frozen=True, slots=True)
class World:
    """Clusters north, south, and broken, whose store is garbage, after one night; its result and its log."""

    installation: Workspace
    night: ExecuteInProcessResult
    log: str

    def of(self, name: str) -> Workspace:
        return of_cluster(self.installation, name)


@pytest.fixture(scope="module")
def world(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    installation = Workspace(Settings(data=tmp_path_factory.mktemp("clusters") / "data", model=str(small_model)))
    with open_facts(installation) as store:
        store.save_notices([replace(SERVERS.notice, lots=(SERVERS.lot,))])
    for name, mark in MARKS.items():
        with open_cluster(of_cluster(installation, name)) as store:
            likes = Preferences(threshold=0.0)
            store.save_members([member(mark, competence(f"Serveurs, dit {mark}", "48820000"), preferences=likes)])
    (installation.clusters / "south" / "pib.toml").write_text('sender = "south@cluster.example"\n')
    broken = of_cluster(installation, "broken")
    broken.home.mkdir()
    broken.store.write_bytes(b"no store at all" * 500)
    patch = pytest.MonkeyPatch()
    capture = tmp_path_factory.mktemp("log") / "log"
    assets = [lots, vectors, facts, *(asset for name in ("broken", *MARKS) for asset in cluster_assets(name))]
    with capture.open("w+") as lines, DagsterInstance.ephemeral() as instance:
        patch.setattr("sys.stderr", lines)
        start_logging({"PIB_LOG": "json"})
        result = materialize(
            assets,
            partition_key=NIGHT.isoformat(),
            resources={"workspace": installation},
            instance=instance,
            raise_on_error=False,
        )
        patch.undo()
    start_logging({})
    return World(installation, result, capture.read_text())


@pytest.mark.parametrize(("own", "other"), [("north", "south"), ("south", "north")])
def test_no_table_and_no_file_of_a_cluster_names_a_member_of_another(world: World, own: str, other: str) -> None:
    home = world.of(own)
    with home.reading() as store:
        held = store._con.execute("select table_name from duckdb_tables() where not internal and not temporary")
        rows = "".join(str(store._con.execute(f"from {name}").fetchall()) for (name,) in held.fetchall())
    files = [path for path in home.home.rglob("*") if path.is_file()]
    assert MARKS[own] in rows
    assert MARKS[other] not in rows
    assert any(MARKS[own].encode() in path.read_bytes() for path in files if path.is_relative_to(home.exports))
    assert not [path for path in files if MARKS[other].encode() in path.read_bytes() or MARKS[other] in path.name]


@pytest.mark.parametrize("mark", MARKS.values())
def test_the_facts_name_no_member_and_hold_no_vector_of_one(world: World, mark: str, small_model: Path) -> None:
    assert not [p for p in world.installation.facts.rglob("*") if p.is_file() and mark.encode() in p.read_bytes()]
    own = [
        digest_of(text) for text in texts_to_encode((), [member(mark, competence(f"Serveurs, dit {mark}", "48820000"))])
    ]
    model = load_model(str(small_model), world.installation.models).id
    with world.installation.reading_facts() as store:
        assert store.load_vectors(model, own) == {}


def test_a_text_of_a_lot_is_encoded_once_for_all_clusters(world: World) -> None:
    (encoded,) = [m for m in world.night.asset_materializations_for_node("vectors") if m.metadata]
    assert encoded.metadata["encoded"].value == encoded.metadata["texts"].value > 0
    for name in MARKS:
        with world.of(name).reading() as store:
            ((shared,),) = store._con.execute(
                "select count(*) from vector semi join facts.main.vector as lots using (model, digest)"
            ).fetchall()
            assert shared == 0


def test_a_cluster_that_fails_is_named_and_stops_no_other(world: World) -> None:
    failed = {event.step_key for event in world.night.filter_events(lambda event: event.is_step_failure)}
    assert failed == {"broken__answers"}
    assert [find_completed_night(world.of(name)) for name in ("north", "south", "broken")] == [NIGHT, NIGHT, None]


def test_each_cluster_writes_under_its_own_name(world: World) -> None:
    (letter,) = (world.of("south").maildir / "new").iterdir()
    assert b"south@cluster.example" in letter.read_bytes()
    (letter,) = (world.of("north").maildir / "new").iterdir()
    assert b"south" not in letter.read_bytes()


def test_a_link_of_one_cluster_opens_nothing_at_the_portal_of_another(world: World) -> None:
    north, south = world.of("north"), world.of("south")
    portal = replace(open_portal(north, BASE), now=lambda: NOON)
    browser = TestClient(create_app(portal, load_or_create_secret(north.link_secret)), base_url=BASE)
    links = {home.cluster: open_links(home, BASE) for home in (north, south)}
    tokens = {name: found.token(Purpose.CALLS, MARKS[name], "", on=NIGHT) for name, found in links.items()}
    opened = browser.get(f"/{Purpose.CALLS}/{tokens['north']}")
    refused = browser.get(f"/{Purpose.CALLS}/{tokens['south']}")
    status = browser.get(re.sub(BASE, "", links["north"].status(on=NIGHT)))
    assert (opened.status_code, refused.status_code, status.status_code) == (200, 403, 200)
    assert MARKS["south"] not in opened.text + refused.text + status.text


def test_the_log_names_no_member(world: World) -> None:
    assert '"stage": "matches"' in world.log
    assert not [mark for mark in MARKS.values() if mark in world.log]
