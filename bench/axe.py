"""Findings of axe-core on every page of a running portal, in Chromium, light and dark, narrow and wide.

    npm pack axe-core && tar xzf axe-core-*.tgz
    python -m bench.axe --axe package/axe.min.js --data data/embedded --at http://127.0.0.1:8000

Needs chromium and chromedriver. Prints a line per page and every finding; exits 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import product
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from pipelines.config.settings import Settings
from pipelines.config.workspace import ZONE, Workspace
from portal.snapshot import SnapshotCache
from presentation.link_register import LinkRegister
from presentation.signed_links import PortalLinks, Purpose, load_or_create_secret

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS, SCHEMES = (375, 1024), ("light", "dark")


def find_pages(data: Path, at: str, language: str) -> Iterator[tuple[str, str]]:
    """Name and address of every kind of page, for a member that a coalition was proposed to."""
    workspace = Workspace(Settings(data=data))
    snapshot = SnapshotCache(workspace.reading_copy, workspace.reading_copy_facts).current()
    on, register = datetime.now(ZONE).date(), LinkRegister(workspace.link_register)
    links = PortalLinks(at, load_or_create_secret(workspace.link_secret), register)
    proposed = [(c.members[0], c.lot_uid) for v in snapshot.match_results.values() for c in v.consortia]
    member, lot = (
        proposed[0] if proposed else next((m.member, m.lot_uid) for own in snapshot.matches.values() for m in own)
    )
    subjects = {Purpose.LOT: lot, Purpose.CALL: lot, Purpose.FEEDBACK: lot}
    wanted = (*subjects, Purpose.CALLS, Purpose.PREFERENCES, Purpose.UNSUBSCRIBE, Purpose.STATUS)
    yield "front", f"{at}/?lang={language}"
    yield "public lot", f"{links.public_lot(lot)}?lang={language}"
    yield "refusal", f"{at}/calls/forged?lang={language}"
    yield "link request", f"{at}/links?lang={language}"
    for purpose in wanted:
        yield purpose, f"{links.url(purpose, member, subjects.get(purpose, ''), on=on)}?lang={language}"
    changed = next(
        (
            (own[0].member, m.lot_uid)
            for own in snapshot.matches.values()
            for m in own
            if m.lot_uid in snapshot.differences
        ),
        None,
    )
    if changed:
        yield "changed lot", f"{links.lot(changed[0], changed[1], on=on)}?lang={language}"


def open_browser() -> webdriver.Chrome:
    """Chromium without a window."""
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.binary_location = shutil.which("chromium") or ""
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver") or ""))


def examine(page: webdriver.Chrome, url: str, axe: str, width: int, scheme: str) -> list[Mapping[str, object]]:
    """The findings on the page at `url`, as axe reports them.

    `page` is the browser; `axe` the source of axe-core; `width` the viewport in pixels; `scheme` "light" or "dark".
    """
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    page.get(url)
    page.execute_script(axe)
    found = page.execute_async_script(
        "const done = arguments[1]; axe.run(document, {runOnly: arguments[0]}).then(r => done(r.violations))", RULES
    )
    wider = page.execute_script("return document.documentElement.scrollWidth > window.innerWidth")
    return [
        *found,
        *([{"id": "scrolls-sideways", "nodes": [], "help": "the page is wider than its window"}] if wider else []),
    ]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--axe", type=Path, required=True, help="axe.min.js")
    parser.add_argument("--data", type=Path, required=True, help="the data folder that is served")
    parser.add_argument("--at", default="http://127.0.0.1:8000", help="where it answers")
    parser.add_argument("--language", default="fr")
    arguments = parser.parse_args()
    axe, findings = arguments.axe.read_text(encoding="utf-8"), 0
    page = open_browser()
    try:
        for name, url in find_pages(arguments.data, arguments.at, arguments.language):
            for width, scheme in product(WIDTHS, SCHEMES):
                found = examine(page, url, axe, width, scheme)
                findings += len(found)
                print(f"{name:12} {width:5} {scheme:5} {len(found)} findings")
                for finding in found:
                    nodes = [str(node["target"]) for node in finding["nodes"]]  # type: ignore[index]
                    print("   ", json.dumps({"rule": finding["id"], "help": finding["help"], "at": nodes[:4]}))
    finally:
        page.quit()
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
