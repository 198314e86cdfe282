"""Are our OCDS packages valid? Every release of the real notices, by the JSON Schemas and by libcoveocds.

    python -m bench.ocds --data ../shared/notices [--environment DIR] [--repeat 5] [--json]

The notices are read, kept and exported as packages of a day each. libcoveocds (AGPL: never a dependency of the project)
is installed into an environment of its own, in a temporary folder or in DIR, which is used again if it is there; the
schemas are the test fixtures of ocdskit 1.7.0 and ocdsmerge 0.8.0, whose source distributions are downloaded.

The checks and their limits:
- "1.1.4, core" is the schema of releases of OCDS 1.1.4, which lets through what it does not know: the extensions.
- "1.1.5, extended" is ocdskit's: 1.1.5 with the extensions of OCDS for PPPs (and more) already merged in. That profile
  allows `initiationType` "ppp" alone; it is patched to the core's "tender". Nothing else of it is changed.
- Both are put into the schema of packages of 1.1.5, the plain one and the standard's ZIP that libcoveocds is given.
- libcoveocds is given the packages without their `extensions`: it would fetch each from the network for its schema,
  and this must say the same without one. So that our own list of extensions resolves is not checked here; nor are the
  codelists, of which that ZIP holds a stub, beyond those that the schemas themselves enumerate. Proxies lead nowhere.
- libcoveocds is given all the releases as one package: it builds its schema anew for each package.

Each checker must also report a release without its ocid and an unknown tag. Then the cost, with all
notices as of one day, one package: processor seconds for 1,000 releases, and the most memory of a process that does
nothing but export them, once and four times as many. Exit code 1 on any error, or when a spoilt package passes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench.read import disguise
from pipelines.cli.export import origins_by_source
from scrapers.read import read_path
from warehouse.export.ocds_packages import PROVISIONAL_PREFIX, Packed
from warehouse.model.notices import Notice
from warehouse.store import Store

SOURCES = ("ocdskit==1.7.0", "ocdsmerge==0.8.0")
MULTIPLES = (1, 4)
NIGHT = datetime(2026, 11, 22, 9, tzinfo=UTC)
DAY = date(2026, 11, 2)
NOWHERE = "http://127.0.0.1:9"

Json = dict[str, Any]


def prepare(folder: Path) -> Path:
    """The Python of an environment with libcoveocds, and the fixtures unpacked in <folder>/fixtures."""
    python, fixtures = folder / "venv/bin/python", folder / "fixtures"
    if not (folder / "ready").exists():
        venv.create(folder / "venv", with_pip=True)
        _run(python, "-m", "pip", "install", "--quiet", "libcoveocds")
        download = ("download", "--quiet", "--no-binary", ":all:", "--no-deps", "--dest", str(fixtures))
        _run(python, "-m", "pip", *download, *SOURCES)
        for packed in fixtures.glob("*.tar.gz"):
            with tarfile.open(packed) as archive:
                archive.extractall(fixtures, filter="data")
        (folder / "ready").touch()
    return python


def check(python: Path, packages: Path, fixtures: Path) -> list[Json]:
    """The findings of each checker."""
    script = Path(__file__).with_name("ocds_checks.py")
    return json.loads(_run(python, str(script), str(packages), str(fixtures)))


def export(notices: list[Notice], folder: Path) -> tuple[Packed, ...]:
    """The notices as packages, of the day that each was published."""
    with Store.open(Path(":memory:")) as store:
        _keep(store, notices)
        return store.export_ocds(folder, origins_by_source(), PROVISIONAL_PREFIX)


def measure(notices: list[Notice], folder: Path, repeat: int) -> list[Json]:
    """Seconds and memory of exporting the notices as one package, as they are and several times as many."""
    found: list[Json] = []
    for multiple in MULTIPLES:
        of_a_day = [replace(n, publication=replace(n.publication, day=DAY)) for n in notices]
        many = [disguise(n, at) for at in range(multiple) for n in of_a_day]
        warehouse = folder / f"{multiple}.duckdb"
        with Store.open(warehouse) as store:
            _keep(store, many)
        words = ("-m", "bench.ocds", "--repeat", str(repeat), "--weigh", str(warehouse))
        found.append(json.loads(_run(Path(sys.executable), *words)))
    return found


def weigh(warehouse: Path, repeat: int) -> Json:
    """Exports this warehouse, in this process, which should have done nothing else."""
    seconds: list[float] = []
    with Store.open(warehouse) as store:
        for _ in range(repeat):
            began = time.process_time()
            packed = store.export_ocds(warehouse.with_suffix(""), origins_by_source(), PROVISIONAL_PREFIX)
            releases = sum(package.releases for package in packed)
            seconds.append((time.process_time() - began) / releases * 1000)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"releases": releases, "seconds": seconds, "megabytes": most}


def _keep(store: Store, notices: list[Notice]) -> None:
    store.set_as_of(NIGHT)
    store.save_notices(notices)


def _run(python: Path, *words: str) -> str:
    """Runs Python; whatever is not pip gets no way to the network."""
    shut = {} if "pip" in words else {"HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE}
    done = subprocess.run(
        [str(python), *words], env={**os.environ, **shut}, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def main() -> int:
    """The checks and the measurements, printed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=Path("../shared/notices"), help="folder of real notices")
    options.add_argument("--environment", type=Path, help="where libcoveocds and the schemas are, or are to be, kept")
    options.add_argument("--repeat", type=int, default=5, help="times each export is measured")
    options.add_argument("--json", action="store_true", help="for a machine")
    options.add_argument("--weigh", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.weigh:
        print(json.dumps(weigh(chosen.weigh, chosen.repeat)))
        return 0
    notices = [reading.notice for reading in read_path(chosen.data) if reading.notice]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        environment = (chosen.environment or folder / "environment").resolve()
        python = prepare(environment)
        undated = sum(packed.undated for packed in export(notices, folder / "packages"))
        checks = check(python, folder / "packages", environment / "fixtures")
        found = {"notices": len(notices), "undated": undated, "checks": checks}
        found["costs"] = measure(notices, folder, chosen.repeat)
    print(json.dumps(found) if chosen.json else page(found))
    return 0 if all(check["releases"] and not check["errors"] and check["spoilt"] for check in checks) else 1


def page(found: Json) -> str:
    """Everything as text."""
    lines = [
        f"{found['notices']} notices, {found['undated']} without a date and so in no package",
        "initiationType of the extended schema patched from ppp to tender; libcoveocds without extensions",
        "and without codelists, all releases as one package: see bench/ocds.py",
        "",
        f"{'checker':<30}{'packages':>9}{'releases':>9}{'errors':>8}{'in a spoilt one':>17}",
    ]
    for check in found["checks"]:
        passed = "" if check["spoilt"] else "  PASSED IT"
        counts = f"{check['packages']:>9}{check['releases']:>9}{check['errors']:>8}{check['spoilt']:>17}"
        lines += [f"{check['checker']:<30}{counts}{passed}", *(f"    {error}" for error in check["first"])]
    lines += ["", f"{'releases':>9}{'cpu s / 1000':>14}{'least':>8}{'most':>8}{'times':>7}{'most MB':>9}"]
    for cost in found["costs"]:
        each = cost["seconds"]
        spread = f"{statistics.median(each):>14.2f}{min(each):>8.2f}{max(each):>8.2f}{len(each):>7}"
        lines.append(f"{cost['releases']:>9}{spread}{cost['megabytes']:>9.0f}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
