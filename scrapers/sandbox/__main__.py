"""`python -m scrapers.sandbox`: run a local portal until SIGTERM, or until the parent process closes its stdin."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from datetime import date
from pathlib import Path

from scrapers.sandbox.embedded import publish_embedded
from scrapers.sandbox.faults import Faults, UnknownFault
from scrapers.sandbox.published_notices import PublishedNotices
from scrapers.sandbox.replay import publish_folder
from scrapers.sandbox.server import Portal


def main(arguments: list[str] | None = None) -> int:
    """0 when ended by signal or stdin, 2 for a wrong command line, 1 when there is nothing to serve or no port."""
    options = _read_arguments(arguments)
    try:
        faults = Faults(options.fault)
    except UnknownFault as wrong:
        sys.stderr.write(f"sandbox: {wrong}\n")
        return 2
    published = _published(options)
    for reason, count in sorted(published.left_out.items()):
        sys.stderr.write(f"sandbox: {count} left out: {reason}\n")
    sys.stderr.write(
        f"sandbox: {len(published.notices)} notices at TED, {len(published.records)} records at BOAMP, "
        f"{len(published.workspaces)} workspaces at BOSA, {len(published.contracts)} contracts at DECP, "
        f"{len(published.projects)} projects at APProch\n"
    )
    if not published.notices and not published.records:
        sys.stderr.write("sandbox: nothing to serve; give a folder with published notices in XML\n")
        return 1
    try:
        portal = Portal(published, faults, port=options.port)
    except OSError as wrong:
        sys.stderr.write(f"sandbox: port {options.port} cannot be taken ({wrong.strerror}); try --port 0\n")
        return 1
    _serve(portal)
    return 0


def _read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scrapers.sandbox", description=__doc__)
    modes = parser.add_subparsers(dest="mode", required=True)
    embedded = modes.add_parser("embedded", help="the invented notices, dated around a day")
    embedded.add_argument("--on", type=date.fromisoformat, default=None, help="that day (YYYY-MM-DD; today if absent)")
    replay = modes.add_parser("replay", help="the notices of a folder, under their own dates")
    replay.add_argument("folder", type=Path)
    for mode in (embedded, replay):
        mode.add_argument("--port", type=int, default=0, help="0 takes a free one")
        mode.add_argument("--fault", action="append", default=[], help="what shall go wrong, e.g. ted:429:2")
    options = parser.parse_args(arguments)
    if options.mode == "replay" and not options.folder.is_dir():
        parser.error(f"{options.folder} is not a folder")
    return options


def _published(options: argparse.Namespace) -> PublishedNotices:
    if options.mode == "replay":
        return publish_folder(options.folder)
    return publish_embedded(options.on or date.today())  # noqa: DTZ011


def _serve(portal: Portal) -> None:
    """Serve until SIGTERM, SIGINT or the end of stdin."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: over.set())
    portal.start()
    sys.stdout.write(json.dumps({**portal.addresses, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    threading.Thread(target=_watch_stdin, args=(over,), daemon=True).start()
    over.wait()
    portal.end()


def _watch_stdin(over: threading.Event) -> None:
    """The parent process has the other end of stdin; the portal ends with it."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    over.set()


if __name__ == "__main__":
    sys.exit(main())
