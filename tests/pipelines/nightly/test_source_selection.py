"""Claims about which sources are fetched, through which endpoint, and what is reported of those that are not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.config.settings import Settings, read_settings
from pipelines.config.workspace import Workspace
from pipelines.errors import BadSettings
from pipelines.nightly.source_selection import (
    endpoint_of,
    endpoint_warnings,
    numbers_to_revisit,
    skipped_sources,
    why_not_selected,
)
from pipelines.nightly.stages import run_landed, run_notices
from scrapers.source import find_sources
from warehouse.model.notices import Form, Lot, Notice, OpenLot, Publication

BOSA = find_sources()["be_bosa"]
KEYS = {"PIB_BOSA_CLIENT_ID": "an-identifier", "PIB_BOSA_CLIENT_SECRET": "a-secret"}
LIVE = Settings(portals="live")


def test_without_credentials_the_official_endpoint_is_not_selected_and_reports_what_it_needs():
    why = why_not_selected(BOSA, LIVE, {"PIB_BOSA_CLIENT_ID": "an-identifier"})
    assert why is not None
    assert "be_bosa is left out" in why
    assert "PIB_BOSA_CLIENT_SECRET" in why
    assert "PIB_BOSA_CLIENT_ID" not in why
    assert skipped_sources(LIVE, {}) != ()


def test_with_credentials_the_official_endpoint_is_selected_without_a_warning():
    assert why_not_selected(BOSA, LIVE, KEYS) is None
    assert skipped_sources(LIVE, KEYS) == ()
    assert list(endpoint_warnings(LIVE)) == []


def test_the_public_endpoint_needs_no_credentials_and_is_warned_of_every_night():
    settings = Settings(portals="live", bosa_door="public-web-client")
    assert why_not_selected(BOSA, settings, {}) is None
    assert endpoint_of(BOSA, settings).base_url == "https://www.publicprocurement.be"
    (warning,) = endpoint_warnings(settings)
    assert "legal status" in warning
    assert "not settled" in warning


def test_a_local_portal_needs_no_credentials_and_warns_of_nothing():
    assert skipped_sources(Settings(), {}) == ()
    assert list(endpoint_warnings(Settings(bosa_door="public-web-client"))) == []


def test_the_official_endpoint_is_the_default_and_another_word_is_refused(tmp_path: Path):
    assert endpoint_of(BOSA, LIVE).name == "official"
    (tmp_path / "pib.toml").write_text('bosa_door = "back"')
    with pytest.raises(BadSettings, match="none of official, public-web-client"):
        read_settings(tmp_path / "pib.toml", {})


def test_a_folder_of_calls_is_read_where_the_settings_name_one(tmp_path: Path):
    manual = find_sources()["manual"]
    (tmp_path / "pib.toml").write_text('manual = "calls"')
    settings = read_settings(tmp_path / "pib.toml", {})
    assert settings.manual == Path("calls")
    assert why_not_selected(manual, settings, {}) is None
    assert 'manual = "FOLDER"' in (why_not_selected(manual, LIVE, {}) or "")


def test_a_source_that_is_not_configured_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    workspace = Workspace(Settings(portals="live", data=tmp_path))
    crawled = run_landed(workspace, BOSA, date(2026, 11, 20))
    assert crawled.is_complete
    assert "left out" in (crawled.skipped or "")
    assert run_notices(workspace, date(2026, 11, 20)).crawls == ()


def open_lot(number: str, source: str = "be_bosa") -> OpenLot:
    publication = Publication(source, number, date(2026, 11, 1))
    notice = Notice(id=number, version=1, form=Form.COMPETITION, publication=publication)
    return OpenLot(f"{number}:LOT-0001", Lot("LOT-0001", ()), notice, (publication,))


def test_an_open_notice_is_fetched_again_once_in_every_seven_nights():
    lots = [open_lot(f"workspace-{n}") for n in range(200)]
    nights = [date(2026, 11, 16) + timedelta(days=n) for n in range(7)]
    found = [numbers_to_revisit(BOSA, night, lots) for night in nights]
    assert sorted(n for numbers in found for n in numbers) == sorted(lot.notice.id for lot in lots)
    assert max(map(len, found)) < 60, "the week's work falls on one night"
    assert numbers_to_revisit(BOSA, nights[0] + timedelta(days=7), lots) == found[0]


def test_notices_of_other_sources_and_sources_without_versions_are_not_fetched_again():
    assert numbers_to_revisit(BOSA, date(2026, 11, 20), [open_lot(str(n), "eu_ted") for n in range(50)]) == ()
    assert numbers_to_revisit(find_sources()["eu_ted"], date(2026, 11, 20), [open_lot("1", "eu_ted")]) == ()


def test_the_hours_in_which_bosa_is_closed_are_reported_before_any_request():
    why = BOSA.why_closed(datetime(2026, 11, 20, 23, 5, tzinfo=ZoneInfo("Europe/Brussels")))
    assert why is not None
    assert "23:05" in why
