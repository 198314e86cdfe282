"""Blind mode over loopback: issuer, collector and release gate as processes of their own, and their client."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from interest.crypto.key_rotation import hold_ceremony
from interest.crypto.release_ledger import is_counted
from interest.crypto.sealed_store import SealedStore
from interest.errors import InterestRefused, ManifestRefused, NotSetUp, RefusalReason
from interest.folders import Mode, write_mode
from interest.policy import read_policy
from interest.release.release_gate import ReleaseGate
from interest.roles.collector import Collector
from interest.roles.http_rpc import LARGEST, call_role
from interest.roles.issuer import Issuer
from interest.roles.vault import Vault
from tests.support.interest.interest_services import Served
from tests.support.interest.interest_world import LOT, OTHER, borrowed_keys, make_directory


def test_a_client_declares_changes_checks_and_withdraws(served: Served) -> None:
    client = served.enrolled()
    client.fetch_tokens()
    receipt = client.declare(LOT, ("power",), "lead")
    client.change(LOT, ("power", "cloud"), "either")
    assert client.is_kept(LOT)
    ReleaseGate(served.room, make_directory(), read_policy()).run(served.today)
    assert is_counted(served.room, receipt.leaf)
    client.withdraw(LOT)
    assert not client.is_kept(LOT)


def test_a_client_requests_tokens_for_every_lot(served: Served) -> None:
    served.enrolled().fetch_tokens()
    kept = json.loads((served.folder / "m020" / "client.json").read_bytes())
    assert set(kept["tokens"]) == {LOT, OTHER}
    assert all("signature" in token for token in kept["tokens"].values())


def test_a_client_whose_line_broke_requests_the_same_again(served: Served) -> None:
    client = served.enrolled()
    answering, client._issuer = client._issuer, served.collector
    with pytest.raises(InterestRefused):
        client.fetch_tokens()
    client._issuer = answering
    client.fetch_tokens()
    client.declare(LOT, ("power",), "lead")


def test_a_client_that_nobody_enrolled_gets_no_token(served: Served) -> None:
    client = served.client()
    client.enrol()
    with pytest.raises(InterestRefused) as refused:
        client.fetch_tokens()
    assert refused.value.why is RefusalReason.TOKEN


def test_a_member_is_enrolled_once(served: Served) -> None:
    served.enrolled()
    with pytest.raises(NotSetUp):
        Issuer(served.room.issuer).enrol("m020", "0" * 64)


def test_a_client_stops_when_a_manifest_it_saw_has_gone(served: Served) -> None:
    client = served.enrolled()
    client.fetch_tokens()
    next((served.room.public / "manifests").glob("*")).unlink()
    keys = borrowed_keys()
    lots = [(LOT, served.today + timedelta(days=29))]
    hold_ceremony(served.room, lots, today=served.today, policy=read_policy(), make_key=lambda: next(keys))
    with pytest.raises(ManifestRefused):
        client.manifest()


MALFORMED: tuple[Any, ...] = ({}, [], None, "x", {"claim": 1}, {"claim": "zz", "sealed": ""}, {"claim": "00"})


def test_a_malformed_question_is_refused_and_keeps_nothing(served: Served) -> None:
    short = {"claim": "00" * 32, "sealed": "00" * 4095, "number": 0, "replace": False, "lot_uid": LOT}
    for path in ("/declare", "/change", "/withdraw", "/follow"):
        for question in (*MALFORMED, short):
            with pytest.raises(InterestRefused):
                call_role(served.collector + path, question)
    assert SealedStore(served.room.collector).rows() == ()


def test_an_oversized_question_is_refused(served: Served) -> None:
    with pytest.raises(InterestRefused) as refused:
        call_role(f"{served.collector}/declare", {"sealed": "0" * LARGEST})
    assert refused.value.why is RefusalReason.FORM


@pytest.mark.parametrize(
    "path",
    [
        "/public/../issuer/enrolled.json",
        "/public/keys/../../issuer/keys",
        "/issuer",
        "/declare",
        "/public/manifests/1.json",
    ],
)
def test_nothing_but_public_files_is_given_away(served: Served, path: str) -> None:
    with pytest.raises(HTTPError):
        urlopen(served.collector + path)  # noqa: S310 - loopback


def test_a_lot_takes_declarations_one_way_alone(served: Served) -> None:
    vault = Vault(served.room, make_directory())
    with pytest.raises(InterestRefused) as refused:
        vault.declare("m020", LOT, vault.choices("m020")[:1], "lead", today=served.today)
    assert refused.value.why is RefusalReason.CLOSED
    with pytest.raises(NotSetUp):
        write_mode(served.room.public, Mode.VAULT)


def test_a_collector_whose_clock_disagrees_refuses_and_spends_nothing(served: Served) -> None:
    client = served.enrolled()
    client.fetch_tokens()
    token = json.loads((served.folder / "m020" / "client.json").read_bytes())["tokens"][LOT]
    prepared, signature = (bytes.fromhex(token[name]) for name in ("prepared", "signature"))
    collector, row, sealed = Collector(served.room.public, served.room.collector), bytes(32), bytes(4096)
    for today in (served.today - timedelta(days=1), served.today + timedelta(days=31)):
        with pytest.raises(InterestRefused) as refused:
            collector.declare(LOT, prepared, signature, row=row, sealed=sealed, today=today)
        assert refused.value.why is RefusalReason.CLOSED
    client.declare(LOT, ("power",), "lead")


@contextmanager
def process(role: str, public: Path, folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "interest.roles.serve", role, "--public", str(public), "--folder", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdin is not None
        yield json.loads(running.stdout.readline())["url"]
        running.stdin.close()
        assert running.wait(timeout=20) == 0


def test_each_role_runs_as_a_process_with_its_own_folder(tmp_path: Path) -> None:
    one = Served(tmp_path)
    apart = tmp_path / "collector-machine"
    with (
        process("issuer", one.room.public, one.room.issuer) as issuer,
        process("collector", one.room.public, apart) as at,
    ):
        one.issuer, one.collector = issuer, at
        client = one.enrolled()
        client.fetch_tokens()
        client.declare(LOT, ("power",), "lead")
        assert client.is_kept(LOT)
    assert len(SealedStore(apart).rows()) == 1
    assert not list(apart.glob("**/keys"))
    assert b"m020" not in b"".join(path.read_bytes() for path in apart.iterdir())
