"""Cost of a night: `python -m bench.night --notices 3000 --members 200 [--next] [--json] [--sample TEXTS]`.

Real notices under new identities and in new words (bench/night/world.py) are saved, found open, compared with members,
encoded, matched, and their results saved: the night's own stages, in a process of its own, then all of it once more
with nothing new (warm: no text is encoded, and results with the same inputs stay). Then lots and members are
halved three times for the growth exponents, and runtimes are compared on a sample of the same texts. Seconds are the
processor's, of one thread: what others do on the machine counts only where it crowds the caches.
With `--next` only matching is measured: of the first night, and of a second one a day later with a thirtieth more
notices; its stored results are then compared with those of matching every open lot again.
`--sample` encodes that many texts, drawn evenly by length, and lends their vectors to the others of their
length; the encoder's time is then that of the sample times the tokens of all over those of the sample, and says so.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.night.figures import add_bars, add_next_bars, draw_growth, page, page_of_next
from matching.encoder.embedding import EMBEDDED

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}


def run_task(*words: str) -> dict[str, Any]:
    """One measurement in a process of its own, on one thread."""
    output = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench.night.tasks", *words],
        env={**os.environ, **ONE_THREAD},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    return json.loads(output.splitlines()[-1])


def run(chosen: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All measurements, in an order in which each finds the data of the one before."""
    models = chosen.models.resolve()
    models.mkdir(parents=True, exist_ok=True)
    (folder / "models").symlink_to(models)
    place = [str(folder), "--shared", str(chosen.shared), "--model", chosen.model]
    size = ["--notices", str(chosen.notices), "--members", str(chosen.members)]
    cold = run_task("night", *place, *size, "--sample", str(chosen.sample))
    if chosen.next:
        next_night = run_task("night", *place, *size, "--new", str(max(1, chosen.notices // 30)))
        return add_next_bars({"first": cold, "next": next_night, "compared": run_task("compare", *place)})
    warm = run_task("night", *place, *size, "--again")
    growth = run_task("growth", *place, *size, "--repeat", str(chosen.repeat))
    runtimes = run_task("runtimes", *place, "--texts", str(chosen.texts)) if chosen.texts else {}
    return add_bars({"cold": cold, "warm": warm, "growth": growth, "runtimes": runtimes})


def main() -> int:
    """The measurements, printed. Exit code 1 when one is over its bar."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--notices", type=int, default=3000)
    options.add_argument("--members", type=int, default=200)
    options.add_argument("--next", action="store_true", help="a second night with a thirtieth new, instead of the rest")
    options.add_argument("--shared", type=Path, default=Path("../shared"), help="folder with notices/ and benchmarks/")
    options.add_argument("--models", type=Path, default=Path("data/models"), help="where models are kept")
    options.add_argument("--model", default=EMBEDDED, help="the model to ask")
    options.add_argument("--sample", type=int, default=0, help="encode so many texts only (0: all)")
    options.add_argument("--texts", type=int, default=240, help="texts that runtimes are compared on (0: not compared)")
    options.add_argument("--repeat", type=int, default=3, help="times each size is measured")
    options.add_argument("--plot", type=Path, help="write the growth plot there (SVG)")
    options.add_argument("--json", action="store_true", help="for a machine")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(chosen, Path(folder))
    if chosen.plot and not chosen.next:
        chosen.plot.write_text(draw_growth(found["growth"]), encoding="utf-8")
    print(json.dumps(found) if chosen.json else (page_of_next if chosen.next else page)(found))
    return 0 if all(bar["kept"] for bar in found["bars"]) else 1


if __name__ == "__main__":
    sys.exit(main())
