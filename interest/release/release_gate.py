"""The release gate: the only place that opens the sealed store, and the only one that writes exports of interest.

A night is decided once. Everything it releases is written into one folder that appears under its name whole; from then
on a run of the same night writes those bytes again, whatever came in meanwhile. Given the gate's secret and the store,
a night is a pure function: nothing in it is random, so that neither a second run nor another order reveals anything.
"""

from __future__ import annotations

import secrets
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from nacl.public import PrivateKey

from interest.atomic_files import destroy, make_private_folder, reset_mtime, sha256, write_undated
from interest.competence_families import FAMILIES, Directory
from interest.crypto.key_manifest import Chain
from interest.crypto.key_rotation import LotWindow, read_windows
from interest.crypto.messages import Acceptance, Card, Message
from interest.crypto.receipts import derive
from interest.crypto.release_ledger import LedgerLine, head_of, make_leaves, read_ledger, root_of
from interest.crypto.sealed_store import SealedRow, SealedStore
from interest.errors import GateRefused, NotSetUp
from interest.folders import Room, key_name, read_mode
from interest.partners.envelopes import choose_group, consents_to, seal_envelopes
from interest.partners.introductions import (
    Envelope,
    matched_wishes,
    open_offers,
    shown_cards,
)
from interest.partners.k_anonymity import AnonymitySets
from interest.policy import Policy
from interest.release.export import (
    ALL,
    AggregateCell,
    write_aggregate,
    write_cards,
    write_introductions,
    write_schemas,
    write_sums,
)
from interest.release.gate_state import LotMemory, open_memory, seal_memory
from interest.release.lot_contents import LotContents, open_first, sort_messages
from interest.release.release_rules import Memory, decide

LEDGER, MEMORY, LEAVES, SUMS = "release_ledger.jsonl", "memory", "leaves.bin", "SHA256SUMS"
_PRIVATE = (MEMORY, LEAVES)


class ReleaseGate:
    """The gate of a room, for a directory and a policy."""

    def __init__(self, room: Room, directory: Directory, policy: Policy) -> None:
        self._room = room
        self.directory = directory
        self._policy = policy
        self._store = SealedStore(room.collector)
        self._nights = make_private_folder(room.gate) / "nights"

    def run(self, night: date) -> None:
        """Decides a night and publishes. Raises GateRefused."""
        self.decide(night)
        self.publish()

    def is_over(self, night: date) -> bool:
        """Whether a later night was released already."""
        last = self._last_night()
        return last is not None and night.isoformat() < last.name

    def decide(self, night: date) -> None:
        """Decides a night, unless it was decided, and rewrites the store without withdrawn and unreadable rows. Raises
        GateRefused when the ledger is older than what was published, or the night older than the last."""
        lines = self._check_ledger()
        opened, dead = self._open_store()
        if not (self._nights / night.isoformat()).is_dir():
            if lines and night.isoformat() <= lines[-1].look:
                raise GateRefused("the release gate decides no past night: this one is over, and was not released")
            self._commit(night, self._release(night, lines, opened))
        self._store.rewrite(lambda row: row not in dead)
        self._forget_nights(night)

    def released(self, night: date) -> dict[str, bytes]:
        """What a night released, file by file. Raises GateRefused for a night that is not kept (any more)."""
        folder = self._nights / night.isoformat()
        if not folder.is_dir():
            raise GateRefused("this night is not kept here: it was not released, or is past its retention")
        files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in _PRIVATE)
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    def clean(self, night: date) -> None:
        """Rewrites the store without rows that no present key opens, and deletes old nights; releases nothing."""
        _, dead = self._open_store()
        self._store.rewrite(lambda row: row not in dead)
        self._forget_nights(night)

    def _check_ledger(self) -> tuple[LedgerLine, ...]:
        last = self._last_night()
        own = (last / LEDGER).read_bytes() if last else b""
        published = self._room.exports / LEDGER
        if published.is_file() and not own.startswith(published.read_bytes()):
            raise GateRefused("this ledger is older than, or another than, the one published; restore the newest")
        return read_ledger(own)

    def _last_night(self) -> Path | None:
        nights = sorted(path for path in self._nights.glob("*") if not path.name.endswith(".part"))
        return nights[-1] if nights else None

    def _release(self, night: date, lines: tuple[LedgerLine, ...], opened: tuple[LotContents, ...]) -> dict[str, bytes]:
        keys = self._lot_keys()
        seed = derive(self._secret(), night.isoformat())
        last = self._last_night()
        before = open_memory((last / MEMORY).read_bytes(), keys, head_of(lines)) if last else {}
        memories = {
            lot.window.lot_uid: self._look(lot, before.get(lot.window.lot_uid, LotMemory()), night) for lot in opened
        }
        files = self._exports(opened, memories, night, seed)
        leaves = make_leaves(_leaves(opened), night.isoformat(), self._secret())
        line = LedgerLine(
            night.isoformat(), self._policy.policy_id, sha256(write_sums(files)), root_of(leaves), head_of(lines)
        )
        files[LEDGER] = b"".join(earlier.write() for earlier in (*lines, line))
        sealed = seal_memory(memories, keys, head_of((line,)))
        return {**files, SUMS: write_sums(files), MEMORY: sealed, LEAVES: b"".join(leaves)}

    def _look(self, lot: LotContents, before: LotMemory, night: date) -> LotMemory:
        """The lot's memory after this night, without what its cards and offers add."""
        return replace(before, published=self._decide_states(lot, before.published, night))

    def _decide_states(self, lot: LotContents, memory: Memory, night: date) -> Memory:
        """The published states of a lot: decided anew only when a look is over that was not, and not in the last days
        before the deadline, however late the gate runs."""
        days = self._policy.look_days(lot.window.opened_on, lot.window.deadline_on)
        looks = sum(day <= night for day in days)
        if looks <= memory.looks:
            return memory
        if night > lot.window.deadline_on - timedelta(days=self._policy.silent_days):
            return Memory(looks, memory.published)
        sizes, members = self.directory.sizes, len(self.directory.entries)
        return decide(memory, lot.people, looks, sizes=sizes, directory=members, policy=self._policy)

    def _exports(
        self, opened: Iterable[LotContents], memories: dict[str, LotMemory], night: date, seed: bytes
    ) -> dict[str, bytes]:
        """The files of a night; what they show of senders is added to `memories`."""
        cells: list[AggregateCell] = []
        cards: list[tuple[Card, date]] = []
        envelopes: list[Envelope] = []
        tagged: list[Envelope] = []
        for lot in opened:
            if lot.window.deadline_on < night:
                continue
            cells.extend(self._cells(lot.window, memories[lot.window.lot_uid].published, night))
            memories[lot.window.lot_uid] = self._add_cards(lot, memories[lot.window.lot_uid], cards, envelopes, seed)
            tagged += matched_wishes(lot.messages)
        return {
            **write_aggregate(cells),
            "need_cards.json": write_cards(cards, night),
            "introductions.json": write_introductions(envelopes, tagged, night),
            "key_manifest.json": Chain(self._room.public / "manifests").last().write(),
            **write_schemas(),
        }

    def _add_cards(
        self,
        lot: LotContents,
        memory: LotMemory,
        cards: list[tuple[Card, date]],
        envelopes: list[Envelope],
        seed: bytes,
    ) -> LotMemory:
        """Adds a lot's cards and their envelopes; returns its memory after that."""
        anonymity_sets = AnonymitySets(memory.anonymity_sets, self._policy.crowd)
        introduced = dict(memory.introduced)
        accepted = lot.messages.of(Acceptance)
        for card in shown_cards(lot.messages, self.directory, self._policy, anonymity_sets):
            before, consents = introduced.get(card.card_id, ()), consents_to(card, accepted)
            offers = open_offers(
                card, lot.messages, self.directory, self._policy, anonymity_sets, seed, introduced=before
            )
            group = choose_group(card, offers, consents, before)
            if group:
                introduced[card.card_id] = tuple(dict.fromkeys((*before, *(offer.offer_id for offer in group))))
            cards.append((card, lot.window.deadline_on))
            envelopes += seal_envelopes(card, offers, group, consents, seed)
        return replace(memory, anonymity_sets=anonymity_sets.left, introduced=introduced)

    def _cells(self, window: LotWindow, memory: Memory, night: date) -> Iterator[AggregateCell]:
        days = self._policy.look_days(window.opened_on, window.deadline_on)
        looks = sum(day <= night for day in days)
        band = memory.state.band or ""
        yield self._cell(window, ALL, looks, band=band, is_stated=bool(band))
        for family in FAMILIES:
            yield self._cell(window, family, looks, band="", is_stated=family in memory.state.stated)

    def _cell(self, window: LotWindow, family: str, looks: int, *, band: str, is_stated: bool) -> AggregateCell:
        state = "stated" if is_stated else "withheld"
        return AggregateCell(window.lot_uid, family, looks, state, band, self._policy.policy_id)

    def _commit(self, night: date, files: Mapping[str, bytes]) -> None:
        """The night takes effect at once: its folder is written beside, then renamed. The states of earlier nights are
        destroyed."""
        part = self._nights / f"{night.isoformat()}.part"
        shutil.rmtree(part, ignore_errors=True)
        for name, body in files.items():
            write_undated(part / name, body, private=name in _PRIVATE)
        for folder in (part / "schemas", part):
            reset_mtime(folder)
        part.rename(self._nights / night.isoformat())
        for older in self._nights.glob("*"):
            if older.name < night.isoformat():
                destroy(older / MEMORY)
                destroy(older / LEAVES)

    def publish(self) -> None:
        """The newest night's files under exports/, each whole, the sums last."""
        last = self._last_night()
        if last is None:
            return
        released = self.released(date.fromisoformat(last.name))
        for name in sorted(released, key=lambda name: (name == SUMS, name)):
            path = self._room.exports / name
            if not path.is_file() or path.read_bytes() != released[name]:
                write_undated(path, released[name])
        write_undated(self._room.public / LEAVES, (last / LEAVES).read_bytes())

    def _forget_nights(self, night: date) -> None:
        """Removes what was released longer ago than anything may be kept."""
        oldest = (night - timedelta(days=self._policy.retention_days)).isoformat()
        for folder in list(self._nights.glob("*")):
            if folder.name < oldest and folder != self._last_night():
                shutil.rmtree(folder)

    def _open_store(self) -> tuple[tuple[LotContents, ...], frozenset[SealedRow]]:
        """Every lot that has a key, in the order of uids, with what its key opens; and the rows that are dead, for no
        living key opens them, or their declaration was withdrawn."""
        keys = {uid: PrivateKey(key) for uid, key in self._lot_keys().items()}
        found: dict[str, list[tuple[SealedRow, Message]]] = defaultdict(list)
        rows = self._store.rows()
        for row in rows:
            if message := open_first(keys, row.sealed):
                found[message.lot_uid].append((row, message))
        windows = {window.lot_uid: window for window in read_windows(self._room.public)}
        mode = read_mode(self._room.public)
        opened = tuple(sort_messages(windows[uid], found[uid], mode) for uid in sorted(keys))
        living = {row for lot in opened for row, message in found[lot.window.lot_uid] if lot.is_live(message)}
        return opened, frozenset(rows) - living

    def _lot_keys(self) -> dict[str, bytes]:
        paths = {w.lot_uid: self._room.gate / "keys" / key_name(w.lot_uid) for w in read_windows(self._room.public)}
        return {uid: path.read_bytes() for uid, path in paths.items() if path.is_file()}

    def _secret(self) -> bytes:
        path = self._room.gate / "secret"
        if not path.is_file():
            if self._last_night() is not None:
                raise NotSetUp("the gate's secret is gone though nights were released; restore it with the ledger")
            write_undated(path, secrets.token_bytes(32), private=True)
        return path.read_bytes()


def _leaves(opened: Iterable[LotContents]) -> Iterator[bytes]:
    for lot in opened:
        for message in lot.messages.declarations.values():
            yield bytes.fromhex(message.leaf)
