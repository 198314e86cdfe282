"""Cost of writing letters: digests composed, rendered and signed, in one process and in two.

    python -m bench.letters [--letters 200] [--repeat 5] [--json]

The digests are rich: seven purchases each, every one with reasons and a coalition of four firms, in four languages in
turn, with links to a portal and a DKIM signature by a key of 2048 bits. The bound is 10 seconds for 200 on two cores.
Wall seconds depend on the load of the machine; the processor's own seconds, halved for two cores, are compared with the
bound. Exit code 1 when their median is over it, or a letter over 100 KB.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from digests.composing.compose import compose_digest
from digests.rendering.dkim_signing import DkimKey
from digests.rendering.letter import DEMO_SENDER
from digests.rendering.mime import MOST_BYTES, render_letter
from presentation.signed_links import PortalLinks
from tests.support.letters.digest_examples import (
    FROIDUVAL,
    NIGHT,
    STROOMWACHT,
    make_consortium,
    make_lot,
    make_match_result,
    make_member,
)
from warehouse.model.members import Member

BOUND = 10.0
"""Seconds for 200 letters on two cores."""

_PORTAL = PortalLinks("https://portal.cluster.example", b"s" * 32)


def make_key() -> DkimKey:
    """A new key of 2048 bits."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    pem = private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return DkimKey("cluster.example", "pib", pem)


def write(numbers: range, key: DkimKey) -> list[int]:
    """Composes, renders and signs the letters of so many members; the bytes of each."""
    lots = [make_lot(str(n), closes=NIGHT + timedelta(days=2 * n)) for n in range(1, 8)]
    by_uid = {lot.uid: lot for lot in lots}
    sizes: list[int] = []
    for number in numbers:
        member = _member(number)
        match_results = [_match_result_for(member, n, lot) for n, lot in enumerate(lots)]
        others = {firm.id: firm for firm in (FROIDUVAL, STROOMWACHT)}
        digest = compose_digest(member, by_uid, match_results, as_of=NIGHT, members=others)
        assert digest is not None
        assert len(digest.items) == 7
        sizes.append(len(render_letter(digest, DEMO_SENDER, portal=_PORTAL, key=key).mime))
    return sizes


def _member(number: int) -> Member:
    return make_member(f"Firme {number}", languages=(("fr", "nl", "en", "de")[number % 4],))


def _match_result_for(member: Member, n: int, lot):  # type: ignore[no-untyped-def]
    consortium = make_consortium(lot)
    roles = tuple(replace(r, member=member.id) if r.member == "nuagera" else r for r in consortium.roles)
    match_result = make_match_result(lot, 0.9 - n / 20, replace(consortium, roles=roles, best_alone=member.id))
    return replace(match_result, matches=tuple(replace(match, member=member.id) for match in match_result.matches))


def measure(letters: int, repeat: int) -> dict[str, object]:
    """Wall seconds in one process and in two, and the sizes of the letters."""
    key = make_key()
    write(range(1), key)
    alone: list[float] = []
    worked: list[float] = []
    two_processes: list[float] = []
    sizes: list[int] = []
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(write, [range(4), range(4)], [key, key]))
        for _ in range(repeat):
            began, worked_before = time.perf_counter(), time.process_time()
            sizes = write(range(letters), key)
            alone.append(time.perf_counter() - began)
            worked.append(time.process_time() - worked_before)
            began = time.perf_counter()
            list(pool.map(write, [range(letters // 2), range(letters // 2, letters)], [key, key]))
            two_processes.append(time.perf_counter() - began)
    return {
        "letters": letters,
        "one_process_s": _spread(alone),
        "one_process_cpu_s": _spread(worked),
        "two_processes_s": _spread(two_processes),
        "bytes": {"median": int(statistics.median(sizes)), "most": max(sizes)},
        "bound_s": BOUND * letters / 200,
    }


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    found = {"median": statistics.median(ordered), "least": ordered[0], "most": ordered[-1]}
    return {name: round(value, 2) for name, value in found.items()}


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measure(chosen.letters, chosen.repeat)
    print(json.dumps(found) if chosen.json else "\n".join(f"{name:18} {value}" for name, value in found.items()))
    worked, size = found["one_process_cpu_s"], found["bytes"]
    assert isinstance(worked, dict)
    assert isinstance(size, dict)
    return int(worked["median"] / 2 > BOUND * chosen.letters / 200 or size["most"] > MOST_BYTES)


if __name__ == "__main__":
    raise SystemExit(main())
