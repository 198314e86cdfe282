"""The register of links: for each member the address it is written to, and the epochs its links are signed with.

A link holds as long as its epoch is the member's. `epoch` is another one after `pib members revoke` and after a change
of the address; `address_epoch`, which signs links to unsubscribe, after a change of the address only: an unsubscribe is
granted as long as letters go to the address that its link was sent to. Epochs are random, so that a register restored
from a backup never gives out an epoch that was ended since. One JSON file, replaced as a whole; the portal reads it at
each request, so that a revocation holds at once. Moments are parameters.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from presentation.errors import LinkRegisterUnfit
from warehouse.atomic_files import complete
from warehouse.file_locks import exclusive


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """What is registered of a member. An epoch is "" until it is changed for the first time; `changed_at` is when
    links were last ended, ISO 8601 with offset, "" for never."""

    address: str
    epoch: str = ""
    address_epoch: str = ""
    changed_at: str = ""


class LinkRegister:
    """The register in a file, made at the first write. One object serves many threads. Every method may raise
    LinkRegisterUnfit for a file that cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[tuple[int, int, int] | None, Mapping[str, LinkRecord]] = (None, {})

    def load(self) -> Mapping[str, LinkRecord]:
        """The records by member; none where there is no file."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return {}
        version = found.st_ino, found.st_mtime_ns, found.st_size
        if self._seen[0] != version:
            self._seen = version, self._read()
        return self._seen[1]

    def epoch(self, member: str) -> str:
        """The epoch of a member's links."""
        record = self.load().get(member)
        return record.epoch if record else ""

    def address_epoch(self, member: str) -> str:
        """The epoch of a member's links to unsubscribe."""
        record = self.load().get(member)
        return record.address_epoch if record else ""

    def revoke(self, member: str, *, at: datetime) -> None:
        """Ends every link of the member but those that unsubscribe it.

        Args:
            member: id of the member; one that has left has its remaining links ended too.
            at: zone-aware moment.
        """

        def change(records: dict[str, LinkRecord]) -> None:
            record = records.get(member, LinkRecord(""))
            records[member] = replace(record, epoch=_new_epoch(), changed_at=at.isoformat())

        self._update(change)

    def erase(self, member: str, *, at: datetime) -> None:
        """Forgets the member's address and ends every link of it, those that unsubscribe it too; `at` is zone-aware.
        The record stays, so that its id, given to another firm later, opens nothing by old links."""

        def change(records: dict[str, LinkRecord]) -> None:
            records[member] = LinkRecord("", _new_epoch(), _new_epoch(), at.isoformat())

        self._update(change)

    def register_addresses(
        self, addresses: Mapping[str, str], *, before: Mapping[str, str], at: datetime
    ) -> tuple[str, ...]:
        """Registers the members' addresses and ends every link of a member whose address is another one now. The record
        of a member that is missing stays, so that its id, given to another firm later, opens nothing by old links.

        Args:
            addresses: the addresses by member, as imported.
            before: the addresses by member that were in use, for members that have no record yet.
            at: zone-aware moment.

        Returns the members whose links were ended.
        """
        ended: list[str] = []

        def change(records: dict[str, LinkRecord]) -> None:
            for member, address in addresses.items():
                record = records.get(member, LinkRecord(""))
                known = record.address or before.get(member, address)
                if _comparable(known) != _comparable(address):
                    ended.append(member)
                    epoch = _new_epoch()
                    record = replace(record, epoch=epoch, address_epoch=epoch, changed_at=at.isoformat())
                records[member] = replace(record, address=address)

        self._update(change)
        return tuple(ended)

    def _update(self, change: Callable[[dict[str, LinkRecord]], None]) -> None:
        with exclusive(self.path.with_name(f".{self.path.name}.lock"), lambda: None):
            records = dict(self.load())
            change(records)
            body = json.dumps({member: asdict(record) for member, record in sorted(records.items())}, indent=1)
            with complete(self.path) as part:
                descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(body.encode())
                    file.flush()
                    os.fsync(file.fileno())

    def _read(self) -> Mapping[str, LinkRecord]:
        try:
            content = json.loads(self.path.read_bytes())
            return {str(member): LinkRecord(**record) for member, record in content.items()}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise LinkRegisterUnfit(
                f"{self.path} cannot be read ({error}): no link is accepted until it is restored from a backup. Where "
                "there is none, delete it together with links.secret, which ends all links"
            ) from error


def _comparable(address: str) -> str:
    return address.strip().casefold()


def _new_epoch() -> str:
    return secrets.token_hex(4)
