"""The files in a zip are returned one by one, in memory and in order; nothing is ever extracted to disk.

Every archive is treated as hostile, as in tar.py: a name that leaves its folder, an encrypted file, a file or a sum of
absurd size, a torn end. What is refused is an ArchiveMember with its reason. The content of a file is not interpreted
here.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from scrapers.safe_formats.tar import LIMITS, ArchiveLimits, ArchiveMember, plain_name, shown_name


def read_zip(body: bytes, limits: ArchiveLimits = LIMITS) -> Iterator[ArchiveMember]:
    """The files of a zip, in the order of its directory.

    Never raises for what the archive holds: what cannot be read is an ArchiveMember with its reason.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            yield from _members(archive, limits)
    except zipfile.BadZipFile as error:
        yield ArchiveMember("the archive", None, f"the archive is no zip or is damaged ({error}); fetch it again")


def _members(archive: zipfile.ZipFile, limits: ArchiveLimits) -> Iterator[ArchiveMember]:
    files = [info for info in archive.infolist() if not info.is_dir()]
    if len(files) > limits.members:
        yield ArchiveMember("the archive", None, f"the archive is refused: it holds more than {limits.members} files")
        return
    left = limits.whole
    for info in files:
        left -= info.file_size
        if left < 0:
            reason = f"the archive is refused from here on: it comes to more than {limits.whole // 2**20} MB"
            yield ArchiveMember("the archive", None, reason)
            return
        yield _member(archive, info, limits)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: ArchiveLimits) -> ArchiveMember:
    """One file, or the reason why it is refused. No more than its announced size is ever decompressed."""
    name = shown_name(info.filename)
    reason = _refuse(info, limits)
    if reason is None:
        try:
            with archive.open(info) as file:
                return ArchiveMember(name, file.read(info.file_size + 1), None)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            reason = f"it is damaged or packed in an unusual way ({error})"
    return ArchiveMember(name, None, f"{name!r} in the archive is not read: {reason}")


def _refuse(info: zipfile.ZipInfo, limits: ArchiveLimits) -> str | None:
    """Why a file is not read; None for a plain file under a plain name."""
    if info.flag_bits & 1:
        return "it is encrypted"
    if not plain_name(info.filename):
        return "its name leaves the folder or holds what no name of a notice holds"
    if info.file_size > limits.member:
        return f"it would come to {info.file_size // 2**20} MB, more than any notice"
    return None
