"""The files in a tar.gz are returned one by one, in memory and in order; nothing is ever extracted to disk.

Every archive is treated as hostile: a name that leaves its folder, a link, a device, a member or a header of absurd
size, more bytes than any package holds, a torn end. What is refused is an ArchiveMember with its reason, so that a
person can check the archive, which stays as it was landed. The content of a file is not interpreted here.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_NAME = re.compile(r"(?:[\w.-]+/){0,3}[\w.-]+")
_HEADERS = 2**20
"""Bytes allowed between the end of one file and the next: padding, headers, long names."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """The largest accepted archive, in bytes and files. TED's largest notice is some 10 MB, its daily package holds
    4,000 notices in 150 MB, its monthly one 22 daily ones of some 15 MB."""

    member: int = 64 * 2**20
    whole: int = 4 * 2**30
    members: int = 200_000


LIMITS = ArchiveLimits()


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """A file of the archive; exactly one of `body` and `reason` is set. A name is shortened and holds no control
    character when it could not be trusted."""

    name: str
    body: bytes | None
    reason: str | None


class _RefusedError(Exception):
    """The rest of the archive is not read."""


class _Metered(io.RawIOBase):
    """The decompressed bytes, counted: never more than `allowed` in all."""

    def __init__(self, source: BinaryIO | gzip.GzipFile) -> None:
        self._source = source
        self.allowed = 0
        self.given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """As any stream; raises _RefusedError beyond what is allowed."""
        chunk = self._source.read(size)
        self.given += len(chunk)
        if self.given > self.allowed:
            raise _RefusedError("a header of the archive is larger than any name or note can be")
        return chunk


def read_archive(stream: BinaryIO, limits: ArchiveLimits = LIMITS) -> Iterator[ArchiveMember]:
    """The files of a tar.gz (a tar of tar.gz too, one level down: TED's monthly packages hold the daily ones).

    Never raises for what the archive holds: what cannot be read is an ArchiveMember with its reason, and what came
    before it has been yielded. Memory is that of one member.
    """
    yield from _read(stream, limits, "")


def _read(stream: BinaryIO, limits: ArchiveLimits, within: str) -> Iterator[ArchiveMember]:
    name = within or "the archive"
    try:
        with gzip.GzipFile(fileobj=stream) as plain:
            yield from _members(_Metered(plain), limits, within)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error) as error:
        yield ArchiveMember(name, None, f"{name} is no tar.gz or is damaged ({error}); fetch it again")
    except EOFError:
        yield ArchiveMember(name, None, f"{name} is cut off: its end is missing; fetch it again")
    except _RefusedError as refused:
        yield ArchiveMember(name, None, f"{name} is refused from here on: {refused}")


def _members(plain: _Metered, limits: ArchiveLimits, within: str) -> Iterator[ArchiveMember]:
    plain.allowed = 2 * _HEADERS
    seen = 0
    # A stream: members are read in order, and none is kept in memory.
    with tarfile.open(fileobj=plain, mode="r|", bufsize=2**16) as archive:  # type: ignore[arg-type]
        while (member := archive.next()) is not None:
            archive.members = []  # pyright: ignore[reportAttributeAccessIssue]  (else it remembers every member it met)
            seen += 1
            if seen > limits.members:
                raise _RefusedError(f"it holds more than {limits.members} files")
            if plain.given + member.size > limits.whole:
                raise _RefusedError(f"it comes to more than {limits.whole // 2**20} MB")
            plain.allowed = plain.given + member.size + 2 * _HEADERS
            if not member.isdir():
                yield from _member(archive, member, limits, within)
            plain.allowed = max(plain.allowed, plain.given + 2 * _HEADERS)


def _member(
    archive: tarfile.TarFile, member: tarfile.TarInfo, limits: ArchiveLimits, within: str
) -> Iterator[ArchiveMember]:
    """One file, or the reason why it is refused."""
    name = shown_name(member.name)
    reason = _refuse(member)
    if reason is None and not within and name.endswith((".tar.gz", ".tgz")):
        inner = archive.extractfile(member)
        yield from _read(inner, limits, name) if inner else ()  # type: ignore[arg-type]
        return
    if reason is None and member.size > limits.member:
        reason = f"it would come to {member.size // 2**20} MB, more than any notice"
    if reason is not None:
        yield ArchiveMember(name, None, f"{name!r} in the archive is not read: {reason}")
        return
    file = archive.extractfile(member)
    body = file.read() if file else b""
    if len(body) != member.size:
        raise EOFError
    yield ArchiveMember(name, body, None)


def _refuse(member: tarfile.TarInfo) -> str | None:
    """Why a member is not read; None for a plain file under a plain name."""
    if not member.isfile() or member.issparse():
        return "it is a link, a device or another thing that is no plain file"
    if not plain_name(member.name):
        return "its name leaves the folder or holds what no name of a notice holds"
    return None


def plain_name(name: str) -> bool:
    """Whether a name stays in its folder and holds only letters, digits, points, hyphens and underscores."""
    return _NAME.fullmatch(name) is not None and ".." not in name.split("/")


def shown_name(name: str) -> str:
    """A name for messages: shortened, without control characters."""
    return "".join(c if c.isprintable() else "?" for c in name[-120:]) or "(no name)"
