"""`python -m interest.roles.serve issuer|collector --public FOLDER --folder FOLDER [--port N]`: one role, one process.

Prints one JSON line when ready, {"url": ..., "role": ...}, and ends with its standard input or on SIGTERM. A role is
given its own folder and the public one, and can open no other.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

from interest.roles.collector import Collector
from interest.roles.http_rpc import RpcHandler, make_server
from interest.roles.issuer import Issuer

ZONE = ZoneInfo("Europe/Brussels")


def issuer_answers(issuer: Issuer) -> Mapping[str, RpcHandler]:
    """The issuer's requests: /tokens."""

    def tokens(content: dict[str, Any]) -> object:
        blinded = {str(lot): bytes.fromhex(message) for lot, message in content["blinded"].items()}
        signed = issuer.issue(str(content["member"]), blinded, bytes.fromhex(content["signature"]))
        return {lot: signature.hex() for lot, signature in signed.items()}

    return {"/tokens": tokens}


def collector_answers(collector: Collector) -> Mapping[str, RpcHandler]:
    """The collector's requests: /declare, /change, /withdraw, /has, /follow."""

    def declare(content: dict[str, Any]) -> object:
        prepared, signature, row, sealed = _bytes(content, "prepared", "signature", "row", "sealed")
        today = datetime.now(ZONE).date()
        collector.declare(str(content["lot_uid"]), prepared, signature, row=row, sealed=sealed, today=today)
        return {}

    def change(content: dict[str, Any]) -> object:
        collector.change(*_bytes(content, "claim", "sealed"))
        return {}

    def withdraw(content: dict[str, Any]) -> object:
        collector.withdraw(str(content["lot_uid"]), *_bytes(content, "claim"))
        return {}

    def has(content: dict[str, Any]) -> object:
        return {"kept": collector.has(*_bytes(content, "claim"))}

    def follow(content: dict[str, Any]) -> object:
        claim, sealed = _bytes(content, "claim", "sealed")
        return {"kept": collector.follow(claim, int(content["number"]), sealed, replace=content["replace"] is True)}

    return {"/declare": declare, "/change": change, "/withdraw": withdraw, "/has": has, "/follow": follow}


def _bytes(content: Mapping[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(content[name]) for name in names]


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def main() -> None:
    """Serves a role until its standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m interest.roles.serve")
    parser.add_argument("role", choices=("issuer", "collector"))
    parser.add_argument("--public", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    answers = (
        issuer_answers(Issuer(arguments.folder))
        if arguments.role == "issuer"
        else collector_answers(Collector(arguments.public, arguments.folder))
    )
    server = make_server(answers, arguments.public, arguments.port)
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(json.dumps({"role": arguments.role, "url": f"http://127.0.0.1:{server.server_address[1]}"}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
