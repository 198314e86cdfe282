"""Archives for tests: honest ones, and ones that no honest publisher sends."""

from __future__ import annotations

import gzip
import io
import tarfile


def tar_gz(*files: tuple[str, bytes] | tarfile.TarInfo) -> bytes:
    """A tar.gz of files, and of members that are none."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for file in files:
            if isinstance(file, tarfile.TarInfo):
                archive.addfile(file)
            else:
                member = tarfile.TarInfo(file[0])
                member.size = len(file[1])
                archive.addfile(member, io.BytesIO(file[1]))
    return packed.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """A link, a device, a pipe."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def claiming(member: tarfile.TarInfo, megabytes: int, filling: bytes = b"\0") -> bytes:
    """A tar.gz whose member is so large, and packs to next to nothing."""
    packed = io.BytesIO()
    member.size = megabytes * 2**20
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as plain:
        plain.write(member.tobuf(format=tarfile.USTAR_FORMAT))
        for _ in range(megabytes):
            plain.write(filling * 2**20)
        plain.write(bytes(1024))
    return packed.getvalue()
