"""How long blind signing takes: `python -m bench.interest.signing [--members 180] [--lots 60] [--json]`.

All of a night's issuance: each client blinds a token for each lot, the issuer checks who asks and signs once for member
and lot, the client finalizes. CPU seconds of one thread; the keys are made before, and timed apart.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from nacl.signing import SigningKey

from interest.crypto.blind_signatures import blind, finalize, prepare
from interest.crypto.key_rotation import hold_ceremony, read_signing_key
from interest.folders import Room, key_name
from interest.policy import read_policy
from interest.roles.issuer import Issuer, sign_request

TODAY = date(2026, 11, 2)


@dataclass(frozen=True, slots=True)
class Timed:
    """CPU seconds: making all keys, signing all tokens, and the clients' part; milliseconds a signature, over members,
    with the 5th and 95th percentile."""

    members: int
    lots: int
    keys_s: float
    issuer_s: float
    clients_s: float
    signature_ms: float
    signature_ms_p05: float
    signature_ms_p95: float


def measure(members: int, lots: int) -> Timed:
    """A night of issuance in a folder of its own."""
    uids = [f"lot-{n:04d}" for n in range(lots)]
    with tempfile.TemporaryDirectory() as folder:
        room = Room(Path(folder))
        start = time.process_time()
        hold_ceremony(room, [(u, TODAY + timedelta(days=30)) for u in uids], today=TODAY, policy=read_policy())
        keys_s = time.process_time() - start
        publics = {uid: read_signing_key(room.issuer / "keys" / key_name(uid)).public_key() for uid in uids}
        issuer, clients_s, each = Issuer(room.issuer), 0.0, []
        for number in range(members):
            member, own = f"m{number:03d}", SigningKey.generate()
            issuer.enrol(member, own.verify_key.encode().hex())
            start = time.process_time()
            prepared = {uid: prepare(b"pib token 1") for uid in uids}
            blinded = {uid: blind(publics[uid], prepared[uid]) for uid in uids}
            messages = {uid: request.message for uid, request in blinded.items()}
            signature = sign_request(own, member, messages)
            clients_s += time.process_time() - start
            start = time.process_time()
            signed = issuer.issue(member, messages, signature)
            each.append(time.process_time() - start)
            start = time.process_time()
            for uid in uids:
                finalize(publics[uid], prepared[uid], signed[uid], blinded[uid].inverse)
            clients_s += time.process_time() - start
    ms = sorted(1e3 * seconds / lots for seconds in each)
    low, high = ms[len(ms) // 20], ms[-1 - len(ms) // 20]
    return Timed(members, lots, keys_s, sum(each), clients_s, statistics.median(ms), low, high)


def main() -> None:
    """Prints the times."""
    parser = argparse.ArgumentParser(prog="python -m bench.interest.signing", description=__doc__)
    parser.add_argument("--members", type=int, default=180)
    parser.add_argument("--lots", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    timed = measure(arguments.members, arguments.lots)
    if arguments.json:
        print(json.dumps(asdict(timed)))
        return
    print(f"{timed.members} members x {timed.lots} lots = {timed.members * timed.lots} tokens, RSA 2048, CPU seconds")
    print(f"keys    {timed.keys_s:7.1f} s")
    print(
        f"issuer  {timed.issuer_s:7.1f} s   {timed.signature_ms:.2f} ms a signature"
        f" ({timed.signature_ms_p05:.2f} to {timed.signature_ms_p95:.2f})"
    )
    print(f"clients {timed.clients_s:7.1f} s   all together; each does its own part")


if __name__ == "__main__":
    main()
