"""`pib read`: raw notices to facts, one JSON line each."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from scrapers.notice_json import notice_line
from scrapers.read import read_path


def print_facts(paths: Sequence[Path]) -> None:
    """JSON Lines on stdout; on stderr each file set aside with its reason, and the counts."""
    counts: Counter[str] = Counter()
    for path in paths:
        for reading in read_path(path):
            if reading.notice:
                counts[f"read as {reading.notice.form}"] += 1
                sys.stdout.write(json.dumps(notice_line(reading.notice), ensure_ascii=False) + "\n")
            else:
                counts["set aside"] += 1
                sys.stderr.write(f"set aside {reading.identifier}: {reading.reason}\n")
    for what, count in sorted(counts.items()):
        sys.stderr.write(f"{count:6d} {what}\n")
