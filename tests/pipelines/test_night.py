"""A whole night through its command: portals, crawls, warehouse, matching, letters, exports."""

from __future__ import annotations

import csv
import email
import email.policy
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from bench.letter_reasons import check_night
from scrapers.source import find_sources
from tests.support.commands.nights import Left, pib, run_pib, what_is_left, write_settings
from tests.support.stores import workspace_at

NIGHT = ("night", "--on", "2026-11-20", "--days", "14", "--json")
SHORT_NIGHT = ("night", "--on", "2026-11-20", "--days", "2", "--json")
"""A third of the notices, for what a night does where something is wrong."""


@pytest.fixture(scope="module")
def first(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object], Left]:
    """A first night on the embedded portal: its folder, its report, what it left."""
    folder = write_settings(tmp_path_factory.mktemp("first"), small_model)
    done = run_pib(folder, *NIGHT)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout), what_is_left(folder / "data")


@pytest.fixture(scope="module")
def again(first: tuple[Path, dict[str, object], Left]) -> tuple[dict[str, object], Left]:
    """The same night a second time."""
    folder, _, _ = first
    done = pib(folder, *NIGHT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), what_is_left(folder / "data")


def test_a_night_keeps_every_notice_that_its_portals_listed(first: tuple[Path, dict[str, object], Left]) -> None:
    folder, report, left = first
    listed = sum(source["listed"] for source in report["sources"])  # type: ignore[index,attr-defined]
    versions = sum(
        len(json.loads(path.read_bytes())["versions"]) - 1
        for path in (folder / "data" / "facts" / "landing" / "be_bosa").rglob("workspace-*.json")
    )
    stages = report["stages"]["notices"]  # type: ignore[index]
    assert stages["new"] + stages["same"] == listed + versions
    assert len(left.notices) == stages["new"]
    assert left.set_aside == ()


def test_every_reason_of_a_night_is_true_by_itself_and_no_card_contradicts_itself(
    first: tuple[Path, dict[str, object], Left],
) -> None:
    with workspace_at(first[0] / "data").reading() as store:
        checked = check_night(store, date(2026, 11, 20))
    assert checked.matches > 0
    assert checked.reasons > 0
    assert checked.faults == ()


def test_a_night_holds_every_data_check(first: tuple[Path, dict[str, object], Left]) -> None:
    assert first[1]["truths_broken"] == []


def test_a_night_writes_letters_that_name_partners(first: tuple[Path, dict[str, object], Left]) -> None:
    texts = [_text(body) for body in first[2].letters.values()]
    assert any("SCRL" in text and "Rochefagne" in text for text in texts)


def test_every_letter_says_the_same_facts_in_text_and_html(first: tuple[Path, dict[str, object], Left]) -> None:
    for body in first[2].letters.values():
        message = email.message_from_bytes(body, policy=email.policy.default)
        html = message.get_body(("html",))
        assert html is not None
        for link in (word for word in _text(body).split() if word.startswith("https://")):
            assert link.replace("&", "&amp;") in html.get_content() or link in html.get_content()


def test_the_same_night_again_requests_nothing(again: tuple[dict[str, object], Left]) -> None:
    stages = again[0]["stages"]
    landed = [measured for stage, measured in stages.items() if stage.startswith("landed/")]  # type: ignore[attr-defined]
    assert len(landed) == len(find_sources())
    assert {measured["requests"] for measured in landed} == {0}


def test_the_same_night_again_keeps_and_sends_nothing_new(
    first: tuple[Path, dict[str, object], Left], again: tuple[dict[str, object], Left]
) -> None:
    report, left = again
    assert report["stages"]["notices"]["new"] == 0  # type: ignore[index]
    assert report["stages"]["vectors"]["encoded"] == 0  # type: ignore[index]
    assert report["stages"]["digests"] == {"written": 0, "sent": 0}  # type: ignore[index]
    assert left == first[2]


def test_exports_open_as_tables_of_equal_length(first: tuple[Path, dict[str, object], Left]) -> None:
    exports = workspace_at(first[0] / "data").exports
    for name in ("notices", "lots", "matches", "consortia"):
        with (exports / f"{name}.csv").open(encoding="utf-8", newline="") as table:
            rows = sum(1 for _ in csv.DictReader(table))
        assert rows == len((exports / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()) > 0


def test_the_status_page_says_that_nothing_needs_a_person(first: tuple[Path, dict[str, object], Left]) -> None:
    done = pib(first[0], "status")
    assert "Nothing needs a person." in done.stdout, done.stdout + done.stderr


def test_a_lot_is_found_and_explained_by_its_publication_number(first: tuple[Path, dict[str, object], Left]) -> None:
    with (first[0] / "data" / "clusters" / "default" / "exports" / "lots.csv").open(
        encoding="utf-8", newline=""
    ) as table:
        lot = next(row["lot_uid"] for row in csv.DictReader(table) if "Rochefagne" in row["title"])
    matched = json.loads(pib(first[0], "match", lot, "--json").stdout)
    assert matched["verdict"]["matches"][0]["member"]
    why = json.loads(pib(first[0], "why", "ampere-bocage", lot, "--json").stdout)
    assert abs(sum(reason["points"] for reason in why["match"]["reasons"]) - why["match"]["score"]) < 1e-6


@contextmanager
def portal_with(*faults: str) -> Iterator[str]:
    """The setting of an embedded portal in a process of its own, with the requested faults."""
    words = [word for fault in faults for word in ("--fault", fault)]
    command = [sys.executable, "-m", "scrapers.sandbox", "embedded", "--on", "2026-11-20", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as served:
        assert served.stdout
        yield "at:" + json.loads(served.stdout.readline())["eu_ted"].removesuffix("/ted")
        served.terminate()


CALL = """[[call]]
id = "enquete"
title = "Sondage : exploitation de serveurs"
language = "fr"
buyer = "Institut"
country = "CHE"
published = 2026-11-19
deadline = "2026-12-15 12:00"
cpv = ["72514000"]
"""


@pytest.fixture(scope="module")
def spoilt(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """A night in which TED sends half a notice, BOSA ignores a filter, and a call is written down by hand: its folder,
    its report."""
    folder = tmp_path_factory.mktemp("spoilt")
    (folder / "calls").mkdir()
    (folder / "calls" / "surveys.toml").write_text(CALL, encoding="utf-8")
    write_settings(folder, small_model, more=f"manual = {json.dumps(str(folder / 'calls'))}")
    with portal_with("ted:truncate:990048-2026", "bosa:ignored-filter") as portal:
        done = pib(folder, *SHORT_NIGHT, "--portals", portal)
    assert done.returncode == 3, done.stderr
    return folder, json.loads(done.stdout)


def test_a_truncated_notice_is_set_aside_with_its_bytes_and_the_rest_goes_on(
    spoilt: tuple[Path, dict[str, object]],
) -> None:
    data = spoilt[0] / "data"
    left = what_is_left(data)
    assert [line.split(":")[0] for line in left.set_aside] == ["990048-2026"]
    assert len(left.letters) > 5
    assert any("990048-2026" in path.name for path in (data / "facts" / "landing").rglob("*.xml"))


def test_a_source_that_falls_short_stops_alone_and_every_letter_names_it(
    spoilt: tuple[Path, dict[str, object]],
) -> None:
    sources = {source["source"]: source for source in spoilt[1]["sources"]}  # type: ignore[index,attr-defined]
    assert [name for name, source in sources.items() if not source["complete"]] == ["be_bosa"]
    assert "ignored" in sources["be_bosa"]["error"]
    missing, letters = find_sources()["be_bosa"].title, what_is_left(spoilt[0] / "data").letters
    assert letters
    assert all(missing in "".join(_text(body).split()) for body in letters.values())  # a line may break at its hyphen


def test_calls_written_down_are_matched_with_the_others(spoilt: tuple[Path, dict[str, object]]) -> None:
    folder, report = spoilt
    assert {s["source"]: s["listed"] for s in report["sources"]}["manual"] == 1  # type: ignore[index,attr-defined]
    assert json.loads(pib(folder, "match", "manual-enquete", "--json").stdout)["verdict"]["matches"]


def _text(body: bytes) -> str:
    part = email.message_from_bytes(body, policy=email.policy.default).get_body(("plain",))
    assert part is not None
    return part.get_content()


def test_one_purchase_at_two_portals_is_kept_once_with_two_publications(
    first: tuple[Path, dict[str, object], Left],
) -> None:
    with workspace_at(first[0] / "data").reading() as store:
        places: dict[str, set[str]] = {}
        for lot in store.load_open_lots():
            places.setdefault(lot.lot.titles[0].value, set()).update(p.source for p in lot.publications)
    found = set(map(frozenset, places.values()))
    assert {frozenset({"eu_ted", "be_bosa"}), frozenset({"eu_ted", "fr_boamp"}), frozenset({"be_bosa"})} <= found
    assert len(first[2].notices) == len(set(first[2].notices))


def test_a_contract_of_the_essential_data_is_a_reference_of_its_winner(
    first: tuple[Path, dict[str, object], Left],
) -> None:
    with workspace_at(first[0] / "data").reading() as store:
        titles = [r.titles[0].value for r in store.load_references(["BE0999000105"])]
    assert "Supervision et exploitation du centre de calcul, deux ans" in titles
