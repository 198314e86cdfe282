"""A visitor of the portal: a real Chromium with a profile of its own that clicks links and sends forms, by hand only.

With PIB_PICTURES naming a folder, its pages are saved there as pictures: on a telephone and on a desktop.
"""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import Select, WebDriverWait

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
WIDTHS = (375, 1024)
"""CSS pixels: a telephone, a desktop."""
_ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")
_PATIENCE = 30


class Visitor:
    """One browser. `downloads` is where it puts files."""

    def __init__(self, name: str, downloads: Path) -> None:
        options = webdriver.ChromeOptions()
        for argument in _ARGUMENTS:
            options.add_argument(argument)
        options.binary_location = CHROMIUM or ""
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
        self._page = webdriver.Chrome(options=options, service=Service(DRIVER))
        self.name, self.downloads, self._pictures = name, downloads, 0

    def open(self, address: str) -> None:
        """Types an address."""
        self._page.get(address)

    def click(self, words: str) -> None:
        """Follows the link with that text."""
        self._leave_by(self._page.find_element(By.LINK_TEXT, words))

    def send(self, act: str, **fields: str) -> None:
        """Fills the form of an act and presses its button. A box is ticked by its value."""
        form = self.unfold(act)
        for name, value in fields.items():
            _fill(form, name, value)
        self._leave_by(form.find_element(By.TAG_NAME, "button"))

    def _leave_by(self, element: WebElement) -> None:
        """Clicks, and waits until the page it was on is gone; a download leaves it where it is."""
        before = self._page.find_element(By.TAG_NAME, "html")
        element.click()
        with suppress(TimeoutException):
            gone(self._page, before, patience=5)

    def unfold(self, act: str) -> WebElement:
        """The form of an act, after opening what hides it."""
        form = self._page.find_element(By.CSS_SELECTOR, f"form:has(input[name=act][value={act}])")
        if not form.is_displayed():
            form.find_element(By.XPATH, "ancestor::details/summary").click()
        return form

    def offers(self, act: str) -> bool:
        """Whether the page has a form of an act."""
        return bool(self._page.find_elements(By.CSS_SELECTOR, f"input[name=act][value={act}]"))

    def find(self, selector: str) -> str:
        """The words of one part of the page; of a text area, its text."""
        found = self._page.find_element(By.CSS_SELECTOR, selector)
        return found.get_attribute("value") or found.text

    def section(self, heading: str) -> str:
        """The text under a heading."""
        path = f"//section[h2[normalize-space()='{heading}']]"
        return self._page.find_element(By.XPATH, path).text.partition("\n")[2]

    def wait_for(self, file: str) -> bytes:
        """The bytes of a file, once it is downloaded."""
        path = self.downloads / file
        WebDriverWait(self._page, _PATIENCE).until(lambda _: path.is_file())
        return path.read_bytes()

    def look(self, at: str) -> None:
        """Sees the page on a telephone and on a desktop: it fits the width of both. Keeps pictures when asked to."""
        self._pictures += 1
        for width in WIDTHS:
            view = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
            self._page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", view)
            size = self._page.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
            self._keep_picture(f"{self.name}-{self._pictures:02d}-{at}-{width}.png")
            assert size["width"] <= width, f"{at}: the page is {size['width']} wide on a screen of {width}"

    def complaints(self) -> list[dict[str, object]]:
        """What the browser complained of since it was asked last: something blocked, something missing."""
        return self._page.get_log("browser")

    def close(self) -> None:
        """Ends the browser."""
        self._page.quit()

    def _keep_picture(self, name: str) -> None:
        if folder := os.environ.get("PIB_PICTURES"):
            taken = self._page.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
            Path(folder).mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_bytes(base64.b64decode(taken["data"]))


def gone(page: WebDriver, before: WebElement, patience: float) -> None:
    """Waits until a page is gone. While it goes, Chromium may not know the node it is asked about: asked again."""
    WebDriverWait(page, patience, ignored_exceptions=[WebDriverException]).until(staleness_of(before))


def _fill(form: WebElement, name: str, value: str) -> None:
    fields = form.find_elements(By.NAME, name)
    if fields[0].tag_name == "select":
        Select(fields[0]).select_by_value(value)
    elif fields[0].get_attribute("type") in ("checkbox", "radio"):
        next(field for field in fields if field.get_attribute("value") == value).click()
    else:
        fields[0].clear()
        fields[0].send_keys(value)


@contextmanager
def visiting(name: str, downloads: Path) -> Generator[Visitor]:
    """A visitor for a while."""
    visitor = Visitor(name, downloads)
    try:
        yield visitor
    finally:
        visitor.close()
