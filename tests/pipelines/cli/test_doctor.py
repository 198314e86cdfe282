"""Claims about `pib doctor` and `pib sources`: every portal probed at once, differences reported, and a page kept up to
date."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.cli.doctor import Examined, examine
from pipelines.cli.sources import compose_page
from pipelines.config.settings import Settings
from scrapers.crawl.probe import Kind
from scrapers.sandbox.embedded import publish_embedded
from scrapers.sandbox.server import Portal
from scrapers.source import find_sources, read_headings
from tests.support.commands.nights import pib
from tests.support.paths import ROOT

ON = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=ZoneInfo("Europe/Brussels"))
PAGE = ROOT / "docs" / "sources.md"


@pytest.fixture(scope="module")
def served() -> Iterator[Portal]:
    portal = Portal(publish_embedded(ON))
    portal.start()
    yield portal
    portal.end()


@pytest.fixture
def portal(served: Portal) -> Iterator[Portal]:
    served.answer("DELETE", "/_log", b"")
    yield served
    served.faults.replace(())


def look(portal: Portal, **settings: object) -> dict[str, Examined]:
    url = portal.addresses["eu_ted"].removesuffix("/ted")
    seen = examine(Settings(portals=f"at:{url}", **settings), ON, NOON)  # type: ignore[arg-type]
    return {check.source: check for check in seen}


def test_every_source_is_looked_at_with_a_page_and_a_document_each(portal: Portal):
    seen = look(portal)
    assert seen.keys() == find_sources().keys()
    assert all(check.is_well for check in seen.values())
    request_counts = json.loads(portal.answer("GET", "/_log", b"").body)
    kinds = ("ted_search", "ted_xml", "boamp_records", "bosa", "decp", "approch", "other")
    assert [request_counts[kind] for kind in kinds] == [1, 1, 1, 3, 1, 1, 0]
    assert any("read in full as" in finding.words for finding in seen["eu_ted"].findings)


def test_each_source_says_what_a_person_must_check(portal: Portal):
    assert all(check.check for check in look(portal).values())


@pytest.mark.parametrize(
    ("fault", "source", "kind", "words"),
    [
        ("ted:newfield", "eu_ted", Kind.DIFFERS, "brand-new-field"),
        ("ted:waf", "eu_ted", Kind.DIFFERS, "firewall"),
        ("boamp:newfield", "fr_boamp", Kind.DIFFERS, "indice_nouveau"),
        ("boamp:500", "fr_boamp", Kind.UNREACHABLE, "500"),
        ("bosa:ignored-filter", "be_bosa", Kind.DIFFERS, "ignored"),
        ("bosa:newfield", "be_bosa", Kind.DIFFERS, "brandNewField"),
        ("bosa:token", "be_bosa", Kind.UNREACHABLE, "401"),
        ("decp:newfield", "fr_decp", Kind.DIFFERS, "indice_nouveau"),
        ("approch:renamed", "fr_approch", Kind.DIFFERS, "date_de_publication_prevue"),
    ],
)
def test_what_differs_from_the_contract_is_reported_for_that_source_alone(
    portal: Portal, fault: str, source: str, kind: Kind, words: str
):
    portal.faults.replace([fault])
    seen = look(portal)
    assert [name for name, check in seen.items() if not check.is_well] == [source]
    of_kind = [finding for finding in seen[source].findings if finding.kind is kind]
    assert words in of_kind[0].words


def test_a_folder_of_calls_is_looked_into(portal: Portal, tmp_path: Path):
    (tmp_path / "calls.toml").write_text("[[call]]\n")
    (finding,) = look(portal, manual=tmp_path)["manual"].findings
    assert finding.kind is Kind.DIFFERS
    assert "line 1, id: is empty" in finding.words


def test_the_command_says_all_is_well_with_0_and_what_is_not_with_3(portal: Portal, tmp_path: Path):
    well = pib(tmp_path, "doctor", "--portals", "embedded", "--on", "2026-11-20")
    assert well.returncode == 0, well.stderr
    assert "before go-live: " in well.stdout
    portal.faults.replace(["decp:500"])
    url = portal.addresses["eu_ted"].removesuffix("/ted")
    ill = pib(tmp_path, "doctor", "--portals", f"at:{url}", "--on", "2026-11-20", "--json")
    assert ill.returncode == 3
    assert [check["source"] for check in json.loads(ill.stdout) if not check["is_well"]] == ["fr_decp"]


def test_nobody_listening_is_reported_and_ends_with_3(tmp_path: Path):
    gone = pib(tmp_path, "doctor", "--portals", "at:http://127.0.0.1:9", "--on", "2026-11-20")
    assert gone.returncode == 3
    assert gone.stdout.count("unreachable: http://127.0.0.1:9/") == 5


def test_the_command_wants_to_know_where_to_look(tmp_path: Path):
    assert pib(tmp_path, "doctor").returncode == 2
    assert pib(tmp_path, "doctor", "--live", "--portals", "embedded").returncode == 2


def test_the_page_of_sources_is_what_the_source_files_state():
    assert PAGE.read_text(encoding="utf-8") == compose_page(), (
        "docs/sources.md is stale: pib sources --markdown > docs/sources.md"
    )


def test_the_page_names_every_source_and_every_caveat():
    page = compose_page()
    for name, source in find_sources().items():
        assert f"## `{name}`: {source.title}" in page
        assert read_headings(source.module)["Caveats"] in page


def test_the_unsettled_endpoint_is_named_so_on_the_page():
    assert "**The legal status of the public web client's endpoint is not settled" in compose_page()
