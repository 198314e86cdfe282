"""A letter on a screen: how long Chromium makes it, in light and in dark, narrow and wide.

With PIB_PICTURES naming a folder, what it shows is saved there as pictures.
"""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

TELEPHONE, DESKTOP = 375, 1280
"""Widths of windows in CSS pixels."""
_ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")
_MEASURE = """
const bottom = element => element ? element.getBoundingClientRect().bottom + scrollY : 0;
const root = document.documentElement;
return [root.scrollHeight, root.scrollWidth, bottom(document.querySelector('.glance')),
        [...document.querySelectorAll('.head')].map(head => bottom(head.parentNode.querySelector('.text') || head)
                                                           - head.getBoundingClientRect().top - scrollY)];
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A letter in CSS pixels: its height and width, where the list at a glance ends, and the height of the first lines
    of each card (title, deadline, buyer, place, value, what is bought)."""

    height: float
    width: float
    glance: float
    heads: tuple[float, ...]


class LetterScreen:
    """A browser that shows letters."""

    def __init__(self, page: webdriver.Chrome) -> None:
        self._page = page

    def measure(self, name: str, html: str, folder: Path, *, width: int, scheme: str = "light") -> Measured:
        """The letter in a window.

        `name` names its pictures; `html` is the page, written into `folder`; `width` is the window's; `scheme` is
        "light" or "dark".
        """
        path = folder / f"{name}.html"
        path.write_text(html, encoding="utf-8")
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        size = {"width": width, "height": 812, "deviceScaleFactor": 1, "mobile": False}
        self._page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self._page.get(path.as_uri())
        height, wide, glance, heads = self._page.execute_script(_MEASURE)
        self._keep_picture(f"{name}-{width}-{scheme}.png")
        return Measured(height, wide, glance, tuple(heads))

    def _keep_picture(self, name: str) -> None:
        if folder := os.environ.get("PIB_PICTURES"):
            taken = self._page.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
            Path(folder).mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_bytes(base64.b64decode(taken["data"]))


@contextmanager
def letter_screen() -> Generator[LetterScreen]:
    """A browser for a while."""
    options = webdriver.ChromeOptions()
    for argument in _ARGUMENTS:
        options.add_argument(argument)
    options.binary_location = shutil.which("chromium") or ""
    page = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver") or ""))
    try:
        yield LetterScreen(page)
    finally:
        page.quit()
