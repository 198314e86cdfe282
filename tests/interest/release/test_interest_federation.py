"""Bundles for partner clusters: signed, checked whole, refused in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

from interest.errors import BundleRefused
from interest.folders import Room
from interest.release.partner_clusters import GIVEN, LARGEST, export_for, import_from, signing_key
from tests.support.interest.interest_world import LOOKS, MONDAY, World


class Partners:
    """A cluster that has released a night, and a partner that reads it."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder / "wallonia")
        self.world.gate.run(MONDAY)
        self.there = Room(folder / "north")
        self.key = signing_key(self.world.room).verify_key.encode().hex()

    def bundle(self) -> bytes:
        return export_for(self.world.room, "wallonia", "north")

    def read(self, body: bytes, key: str | None = None) -> Path:
        return import_from(self.there, body, key or self.key, sender="wallonia", receiver="north")


def test_a_bundle_brings_the_night_as_it_was_published(tmp_path: Path) -> None:
    partners = Partners(tmp_path)
    folder = partners.read(partners.bundle())
    assert {name: (folder / name).read_bytes() for name in GIVEN} == {
        name: partners.world.export(name) for name in GIVEN
    }


def test_the_next_night_follows_and_the_old_one_is_refused(tmp_path: Path) -> None:
    partners = Partners(tmp_path)
    first = partners.bundle()
    partners.read(first)
    partners.world.gate.run(LOOKS[0])
    partners.read(partners.bundle())
    with pytest.raises(BundleRefused):
        partners.read(first)


def spoil(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def spoiling(raw: dict[str, Any]) -> None:
        raw[name] = value

    return spoiling


def test_whatever_is_wrong_with_a_bundle_it_is_refused_in_one_sentence_and_nothing_kept(tmp_path: Path) -> None:
    partners = Partners(tmp_path)
    body = partners.bundle()
    messages: set[str] = set()
    spoilt = [body[:-100], b"", b"[]", b"null", b" " * (LARGEST + 1)]
    for spoiling in (
        spoil("from", "north"),
        spoil("for", "luxembourg"),
        spoil("night", (MONDAY + timedelta(days=1)).isoformat()),
        spoil("files", {}),
        spoil("signature", "00" * 64),
        spoil("signature", None),
        spoil("more", 1),
    ):
        raw = json.loads(body)
        spoiling(raw)
        spoilt.append(json.dumps(raw).encode())
    for attempt in spoilt:
        with pytest.raises(BundleRefused) as refused:
            partners.read(attempt)
        messages.add(str(refused.value))
    with pytest.raises(BundleRefused) as refused:
        partners.read(body, SigningKey.generate().verify_key.encode().hex())
    assert {*messages, str(refused.value)} == messages
    assert len(messages) == 1
    assert not partners.there.folder.exists()


def test_a_bundle_for_another_cluster_is_refused_though_its_signature_is_right(tmp_path: Path) -> None:
    partners = Partners(tmp_path)
    with pytest.raises(BundleRefused):
        partners.read(export_for(partners.world.room, "wallonia", "luxembourg"))


def test_a_ledger_that_does_not_continue_the_one_known_is_refused(tmp_path: Path) -> None:
    partners = Partners(tmp_path)
    partners.read(partners.bundle())
    other = World(tmp_path / "again")
    other.gate.run(LOOKS[0])
    (other.room.gate / "federation").write_bytes((partners.world.room.gate / "federation").read_bytes())
    with pytest.raises(BundleRefused):
        partners.read(export_for(other.room, "wallonia", "north"))
