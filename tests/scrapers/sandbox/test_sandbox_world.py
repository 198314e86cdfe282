"""The invented notices and the replayed ones: what they promise, and the command line that serves them."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from scrapers.sandbox.embedded import publish_embedded, render_embedded
from scrapers.sandbox.embedded.read_spec import SpecError, _read_notice, read_nationals, read_notices
from scrapers.sandbox.embedded.ubl import ZONE
from scrapers.sandbox.faults import Faults
from scrapers.sandbox.leaves import parse
from scrapers.sandbox.published_notices import PublishedNotices
from scrapers.sandbox.publishers.ted import answer_xml
from scrapers.sandbox.replay import publish_folder

ON = date(2026, 11, 20)


@pytest.fixture(scope="module")
def world() -> PublishedNotices:
    return publish_embedded(ON)


@pytest.fixture(scope="module")
def replayed(shared: Path) -> PublishedNotices:
    return publish_folder(shared / "notices")


def test_the_same_day_gives_the_same_bytes(world: PublishedNotices):
    again = publish_embedded(ON)
    assert [n.read_xml() for n in again.notices] == [n.read_xml() for n in world.notices]
    assert [(r.flat, r.donnees()) for r in again.records] == [(r.flat, r.donnees()) for r in world.records]


def test_about_sixty_notices_in_four_languages_are_embedded(world: PublishedNotices):
    assert 55 <= len(world.notices) + sum(1 for r in world.records if r.flat["famille"] != "JOUE") <= 75
    languages = {str(code) for notice in world.notices for code in notice.row["official-language"]}  # type: ignore[attr-defined]
    assert languages == {"FRA", "NLD", "DEU", "ENG"}


def test_versions_of_notices_are_unique(world: PublishedNotices):
    versions = [(notice.row["notice-identifier"], notice.row["notice-version"]) for notice in world.notices]
    assert len(set(versions)) == len(versions)


def test_nothing_is_published_after_the_day_and_something_on_it(world: PublishedNotices):
    days = {notice.day for notice in world.notices}
    assert max(days) == ON
    assert min(days) == ON - timedelta(days=10)


@pytest.mark.parametrize("on", [date(2026, 3, 20), date(2026, 11, 20), date(2027, 1, 3)])
def test_deadlines_follow_the_day_and_keep_their_hour_across_clock_changes(on: date):
    for spec, _, body in render_embedded(on):
        written = re.findall(rb"<cbc:EndDate>(\S+)</cbc:EndDate>\s*(?:<cbc:EndTime>(\S+)</cbc:EndTime>)?", body)
        lots = [lot for lot in spec.lots if lot.closes is not None]
        assert len(written) == len(lots)
        for (day, hour), lot in zip(written, lots, strict=True):
            assert date.fromisoformat(day.decode()[:10]) == on + timedelta(days=lot.closes or 0)
            assert bool(hour) is bool(lot.hour)
            if hour:
                moment = datetime.fromisoformat(f"{day.decode()[:10]}T{hour.decode()}")
                assert moment.astimezone(ZONE).time().isoformat() == lot.hour


def test_the_world_has_what_a_demonstration_needs():
    specs = read_notices()
    kinds = {spec.kind for spec in specs}
    lots = [lot for spec in specs for lot in spec.lots]
    assert {"cn-standard", "cn-social", "pin-only", "pmc", "can-standard", "veat", "can-modif"} <= kinds
    assert {"cancel", "update-add", "cor-buy"} == {spec.change.reason for spec in specs if spec.change}
    assert any(0 <= (lot.closes or 99) <= 7 for lot in lots)
    assert {lot.deadline for lot in lots} == {"tender", "request", "interest"}
    assert any(lot.maximum for lot in lots)
    assert any(lot.estimate == "1" for lot in lots)
    assert any(len(spec.lots) >= 4 for spec in specs)
    assert any(len(spec.languages) > 1 for spec in specs)
    assert any(len(award.winners) == 3 for spec in specs for award in spec.awards)
    assert any(not award.winners for spec in specs for award in spec.awards)
    assert {national.family for national in read_nationals()} == {"FNS", "MAPA"}


def test_the_data_centre_call_requires_every_trade_in_one_lot():
    call = next(spec for spec in read_notices() if spec.key == "iepna-centre-de-donnees")
    assert len(call.lots) == 1
    assert {code[:5] for code in call.cpv} >= {"31154", "42512", "32420", "48820", "72400", "72514", "48730", "80533"}
    assert 10 <= call.descriptions["FRA"].count("\n") <= 14
    assert "ISO 27001" in str(call.lots[0].selection)


def test_a_change_points_at_the_version_it_changes():
    rendered = {spec.key: (spec, parse(body)) for spec, _, body in render_embedded(ON)}
    ids = {key: _text(root, "ID") for key, (_, root) in rendered.items()}
    for spec, root in rendered.values():
        if spec.change:
            first = rendered[spec.change.of][0]
            assert _text(root, "ChangedNoticeIdentifier") == f"{ids[first.key]}-{first.version:02d}"


def _text(root: Any, name: str) -> str:
    # The first "ID" directly below the root, or the first of that name anywhere.
    own = [child.text for child in root if str(child.tag).endswith(f"}}{name}")]
    return own[0] if own else next(e.text for e in root.iter() if str(e.tag).endswith(f"}}{name}"))


def test_some_winners_are_members_of_the_demonstration_cluster(world: PublishedNotices):
    numbers = [number for notice in world.notices for number in notice.row.get("winner-identifier", [])]  # type: ignore[attr-defined]
    digits = {"".join(sign for sign in str(number).partition("_")[0] if sign.isdigit()) for number in numbers}
    assert {"0999000101", "0999000102", "0999000103", "0999000107"} <= digits
    assert len({str(number) for number in numbers if "103" in str(number)}) > 1


def test_no_mail_address_and_no_site_outside_example_is_written():
    for spec, _, body in render_embedded(ON):
        text = body.decode()
        assert "@" not in text
        sites = {urlsplit(url).hostname or "" for url in re.findall(r">(https?://[^<]+)<", text)}
        assert all(site.endswith(".example") for site in sites - {"www.publicprocurement.be"})
        assert "www.publicprocurement.be" not in sites or "bosa" in spec.portals


def test_an_unknown_key_in_a_specification_is_named():
    table = {"key": "k", "kind": "cn-standard", "buyer": "b", "published": 1, "title": {}, "description": {}}
    with pytest.raises(SpecError, match="colour"):
        _read_notice({**table, "cpv": [], "nuts": [], "colour": "red"})


def test_every_embedded_notice_reads_to_the_facts_of_its_specification():
    eforms = pytest.importorskip("scrapers.readers.eforms.notice")
    for spec, number, body in render_embedded(ON):
        notice = eforms.read_eforms(body)
        assert notice.publication.number == number
        assert notice.publication.day == ON - timedelta(days=spec.published)
        assert notice.notice_type == spec.kind
        assert {t.language: t.value for t in notice.titles} == dict(spec.titles)
        assert tuple(code.code for code in notice.cpv) == spec.cpv
        assert len(notice.lots) == len(spec.lots)
        for lot, wanted in zip(notice.lots, spec.lots, strict=True):
            assert tuple(code.code for code in lot.cpv) == wanted.cpv
            assert (lot.deadline is None) is (wanted.closes is None)
            if lot.deadline and wanted.closes is not None:
                assert lot.deadline.kind == wanted.deadline
                assert lot.deadline.hour_stated is (wanted.hour is not None)
                assert lot.deadline.at.astimezone(ZONE).date() == ON + timedelta(days=wanted.closes)
            assert (str(lot.estimate.amount) if lot.estimate else None) == wanted.estimate
            assert (str(lot.framework_maximum.amount) if lot.framework_maximum else None) == wanted.maximum
        assert [len(award.winners) for award in notice.awards] == [bool(award.winners) for award in spec.awards]
        assert [
            tuple(o.company_number for party in award.winners for o in party.organisations) for award in notice.awards
        ] == [tuple(winner.number for winner in award.winners) for award in spec.awards]
        assert [change.cancels for change in notice.changes] == (
            [spec.change.reason == "cancel"] if spec.change else []
        )


def test_a_folder_of_real_notices_is_served_completely(replayed: PublishedNotices, shared: Path):
    files = len(list((shared / "notices").rglob("*.xml")))
    assert len(replayed.notices) + replayed.left_out.total() == files
    assert replayed.left_out == {"no publication number or date": 61}


def test_replayed_numbers_and_days_agree_with_the_manifest(replayed: PublishedNotices, shared: Path):
    manifest = (shared / "notices/manifest.csv").read_text(encoding="utf-8")
    for notice in replayed.notices:
        name = f"{notice.number.partition('-')[0]:0>8}-{notice.number[-4:]}"
        assert name in manifest or notice.number in manifest
    days = {line.split(",")[5] for line in manifest.splitlines()[1:]}
    assert {notice.day.isoformat() for notice in replayed.notices} <= days


def test_french_eforms_notices_are_replayed_at_boamp_too(replayed: PublishedNotices):
    french = {n.number for n in replayed.notices if "FRA" in n.row.get("buyer-country", []) and "notice-type" in n.row}  # type: ignore[operator]
    assert {f"{r.idweb.partition('-')[2]}-20{r.idweb[:2]}" for r in replayed.records} == french
    document = json.loads(replayed.records[0].donnees())["EFORMS"]
    assert next(iter(document.values()))["cbc:ContractFolderID"] == replayed.records[0].flat["contractfolderid"]


def test_a_folder_without_notices_serves_nothing_and_says_why(tmp_path: Path):
    (tmp_path / "a.xml").write_text("no xml at all", encoding="utf-8")
    (tmp_path / "b.xml").write_text("<html/>", encoding="utf-8")
    published_notices = publish_folder(tmp_path)
    assert published_notices.notices == ()
    assert published_notices.left_out == {"not XML": 1, "neither eForms nor TED_EXPORT": 1}


@pytest.mark.parametrize("which", ["world", "replayed"])
def test_our_own_sources_understand_every_row_and_record(which: str, request: pytest.FixtureRequest):
    ted = pytest.importorskip("scrapers.sources.eu_ted")
    boamp = pytest.importorskip("scrapers.sources.fr_boamp")
    published_notices: PublishedNotices = request.getfixturevalue(which)
    rows = [
        {name: notice.row[name] for name in ted.FEED.fields if name in notice.row}
        for notice in published_notices.notices
    ]
    page = json.dumps({"notices": rows, "totalNoticeCount": len(rows), "iterationNextToken": None, "timedOut": False})
    read = [*ted.read("search", page.encode(), None)]
    records = [{**record.flat, "donnees": record.donnees()} for record in published_notices.records]
    read += boamp.read("records", json.dumps({"total_count": len(records), "results": records}).encode(), None)
    assert [(number, str(wrong)) for number, wrong in read if isinstance(wrong, Exception)] == []
    assert len(read) == len(published_notices.notices) + len(published_notices.records)


def test_a_file_that_vanished_is_a_failure_of_the_server(tmp_path: Path):
    path = tmp_path / "notice.xml"
    path.write_bytes(next(body for _, _, body in render_embedded(ON)))
    published_notices = publish_folder(tmp_path)
    path.unlink()
    assert answer_xml(published_notices, Faults(), published_notices.notices[0].number).status == 500


COMMAND = (sys.executable, "-m", "scrapers.sandbox")


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    pipe = subprocess.PIPE
    with subprocess.Popen([*COMMAND, *arguments], stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_the_command_tells_its_addresses_in_one_line_and_ends_on_sigterm():
    with running("embedded", "--on", "2026-11-20", "--fault", "ted:429:1") as (process, ready):
        assert ready["pid"] == process.pid
        address = urlsplit(ready["eu_ted"])
        assert address.hostname == "127.0.0.1"
        connection = HTTPConnection("127.0.0.1", address.port or 0, timeout=10)
        connection.request("POST", f"{address.path}/v3/notices/search", b"{}")
        assert connection.getresponse().status == 429
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_the_command_ends_when_its_parent_closes_stdin(tmp_path: Path):
    (tmp_path / "notice.xml").write_bytes(next(body for _, _, body in render_embedded(ON)))
    with running("replay", str(tmp_path)) as (process, _):
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["embedded", "--fault", "ted:flood"], 2), (["replay", "no/such/folder"], 2), (["embedded", "--on", "soon"], 2)],
)
def test_a_wrong_command_line_says_so_and_ends_with_2(arguments: list[str], code: int):
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == code
    assert done.stderr.strip()


def test_an_empty_folder_ends_with_1(tmp_path: Path):
    done = subprocess.run([*COMMAND, "replay", str(tmp_path)], capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (1, "")
