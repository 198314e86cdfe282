"""`pib serve` in a process of its own: its output, that it answers, that it ends; and a real browser that clicks."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx2
import pytest

from pipelines.cli.serve import serve_portal
from pipelines.cli.status import show_status
from pipelines.config.settings import Settings
from pipelines.config.workspace import ZONE, Workspace
from pipelines.errors import PortalBusy
from portal.member_choices import Choices, Opinion
from presentation.signed_links import PortalLinks, load_or_create_secret
from tests.support.commands.nights import serve_pib
from tests.support.portals.portal_world import ALONE, TOGETHER, write_copy
from warehouse.model.members import Frequency

PATIENCE = 60
"""Seconds; a machine that tests other things beside is slow."""

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


@dataclass(frozen=True, slots=True)
class Served:
    """A running portal, and its output when it started."""

    process: subprocess.Popen[str]
    folder: Path
    address: str
    status: str

    @property
    def links(self) -> PortalLinks:
        return PortalLinks(self.address, load_or_create_secret(self.folder / "data/clusters/default/links.secret"))

    @property
    def choices(self) -> Choices:
        return Choices(self.folder / "data/clusters/default/choices.sqlite")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("serve")
    (folder / "data").mkdir()
    write_copy(folder / "data", (ALONE, TOGETHER))
    process = serve_pib(folder, "--port", "0", "--data", str(folder / "data"))
    assert process.stdout is not None
    output = [process.stdout.readline().rpartition(" ")[2].strip() for _ in range(2)]
    try:
        yield Served(process, folder, output[0].rstrip("/"), output[1])
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def test_it_says_where_it_answers_and_gives_the_operator_a_link(served: Served) -> None:
    described = httpx2.get(f"{served.address}/api/v1/openapi.json", timeout=PATIENCE).json()
    assert described["servers"] == [{"url": f"{served.address}/api/v1"}]
    page = httpx2.get(f"{served.status}?lang=en", timeout=PATIENCE)
    assert "How the watch stands" in page.text
    assert "server" not in page.headers


def test_status_gives_the_operators_link_where_the_portal_has_an_address(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    data = served.folder / "data"
    show_status(Workspace(Settings(data=data, portal_url="https://portal.example")), as_json=False)
    output = capsys.readouterr().out
    token = output.rpartition("https://portal.example/status/")[2].strip()
    assert httpx2.get(f"{served.address}/status/{token}", timeout=PATIENCE).status_code == 200
    show_status(Workspace(Settings(data=data)), as_json=False)
    assert "/status/" not in capsys.readouterr().out


def test_a_port_that_is_taken_is_one_sentence(served: Served) -> None:
    workspace = Workspace(Settings(data=served.folder / "data"))
    with pytest.raises(PortalBusy, match="give another --port"):
        serve_portal(workspace, "127.0.0.1", int(served.address.rpartition(":")[2]))


@pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="no chromium and chromedriver here: apt-get install chromium chromium-driver"
)
def test_a_browser_clicks_through_preferences_feedback_and_unsubscribe(served: Served) -> None:
    from selenium.webdriver.common.by import By

    from tests.support.portals.portal_visitor import gone

    on = datetime.now(ZONE).date()
    with browser() as page:

        def click(selector: str) -> None:
            page.find_element(By.CSS_SELECTOR, selector).click()

        def send() -> None:
            before = page.find_element(By.TAG_NAME, "html")
            click("main form button")
            gone(page, before, patience=20)

        page.get(f"{served.links.preferences('nuagera', on=on)}?lang=en")
        click("input[value=daily]")
        send()
        assert "Saved" in page.find_element(By.CSS_SELECTOR, "[role=status]").text
        page.get(f"{served.links.feedback('nuagera', ALONE.uid, on=on)}?lang=en")
        click("input[value=later]")
        send()
        assert "Thank you" in page.find_element(By.CSS_SELECTOR, "[role=status]").text
        page.get(f"{served.links.unsubscribe('nuagera', on=on)}?lang=en")
        send()
        assert page.find_element(By.TAG_NAME, "h1").text == "Your letters are stopped"
        stopped = served.choices.has_stopped("nuagera")
        send()
        assert "again" in page.find_element(By.CSS_SELECTOR, "[role=status]").text
        assert page.get_log("browser") == []  # nothing was blocked by the policy, nothing was missing
    assert stopped
    assert not served.choices.has_stopped("nuagera")
    assert served.choices.load_preferences()["nuagera"].frequency is Frequency.DAILY
    assert [(feedback.lot_uid, feedback.opinion) for feedback in served.choices.load_feedback()] == [
        (ALONE.uid, Opinion.LATER)
    ]


def browser():  # selenium is imported only where there is a browser
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.binary_location = CHROMIUM or ""
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(DRIVER))


def test_it_ends_on_its_signal_and_has_logged_no_link(served: Served) -> None:
    own = served.links.calls("nuagera", on=datetime.now(ZONE).date())
    assert httpx2.get(own, timeout=PATIENCE).status_code == 200
    served.process.send_signal(signal.SIGTERM)
    output, complained = served.process.communicate(timeout=30)
    assert served.process.returncode in (0, -signal.SIGTERM)
    assert "/calls/" not in output + complained
