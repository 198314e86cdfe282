"""Claims about reading archives: what is honest comes out, what is hostile is refused, nothing is written."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.safe_formats.tar import ArchiveLimits, ArchiveMember, read_archive
from tests.support.notices.archives import claiming, special, tar_gz

DAY = tar_gz(("20240102_001/00000001_2024.xml", b"<a/>"), ("20240102_001/00000002_2024.xml", b"<b/>"))


def members(packed: bytes, limits: ArchiveLimits | None = None) -> list[ArchiveMember]:
    return list(read_archive(io.BytesIO(packed), limits) if limits else read_archive(io.BytesIO(packed)))


def reasons(packed: bytes, limits: ArchiveLimits | None = None) -> list[str]:
    return [member.reason for member in members(packed, limits) if member.reason]


def test_files_come_out_in_order_with_their_bytes():
    assert [(m.name, m.body) for m in members(DAY)] == [
        ("20240102_001/00000001_2024.xml", b"<a/>"),
        ("20240102_001/00000002_2024.xml", b"<b/>"),
    ]


def test_a_month_holds_the_archives_of_its_days():
    month = tar_gz(("01/20240102_001.tar.gz", DAY), ("01/20240103_002.tar.gz", tar_gz(("x/3.xml", b"<c/>"))))
    assert [m.body for m in members(month)] == [b"<a/>", b"<b/>", b"<c/>"]


def test_archives_within_archives_are_opened_one_level_down_only():
    within = tar_gz(("1.tar.gz", tar_gz(("2.tar.gz", tar_gz(("3.xml", b"<d/>"))))))
    assert [(m.name, m.body is not None) for m in members(within)] == [("2.tar.gz", True)]


@pytest.mark.parametrize(
    "name",
    ["../outside.xml", "a/../../outside.xml", "/etc/passwd", "a\\..\\b.xml", "C:\\x.xml", "a/b/c/d/e.xml", "a\nb.xml"],
)
def test_a_name_that_leaves_its_folder_is_refused_and_its_neighbours_are_read(name: str):
    found = members(tar_gz(("a/1.xml", b"1"), (name, b"evil"), ("a/2.xml", b"2")))
    assert [m.body for m in found] == [b"1", None, b"2"]
    assert "name" in (found[1].reason or "")
    assert "\n" not in found[1].name


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused_and_never_followed(kind: bytes):
    found = members(tar_gz(("a/1.xml", b"1"), special("a/2.xml", kind, "/etc/passwd"), ("a/3.xml", b"3")))
    assert [m.body for m in found] == [b"1", None, b"3"]


def test_a_member_larger_than_any_notice_is_passed_over_without_being_held():
    bomb = claiming(tarfile.TarInfo("a/1.xml"), 48)
    tracemalloc.start()
    assert "48 MB" in reasons(bomb, ArchiveLimits(member=2**20))[0]
    assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    tracemalloc.stop()


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_that_would_fill_the_memory_is_not_read(kind: bytes):
    header = tarfile.TarInfo("header")
    header.type = kind
    tracemalloc.start()
    assert "header" in reasons(claiming(header, 24, b"9"))[0]
    assert tracemalloc.get_traced_memory()[1] < 12 * 2**20
    tracemalloc.stop()


def test_an_archive_that_comes_to_more_than_it_may_is_left_where_that_shows():
    found = members(tar_gz(*((f"a/{n}.xml", b"x" * 4000) for n in range(50))), ArchiveLimits(whole=100_000))
    assert 10 < len(found) < 30
    assert "more than" in (found[-1].reason or "")


def test_an_archive_of_too_many_files_is_left_where_that_shows():
    found = members(tar_gz(*((f"a/{n}.xml", b"") for n in range(20))), ArchiveLimits(members=10))
    assert [m.reason is None for m in found] == [True] * 10 + [False]


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (b"", "damaged"),
        (b"<html>", "no tar.gz"),
        (gzip.compress(b"hello " * 500), "damaged"),
        (DAY[: len(DAY) // 2], "cut off"),
        (tar_gz(("1.tar.gz", DAY[:60])), "1.tar.gz is cut off"),
    ],
    ids=["empty", "html", "no tar", "cut", "cut inside"],
)
def test_what_is_no_archive_says_so(packed: bytes, message: str):
    assert message in reasons(packed)[-1]


def test_what_comes_before_a_torn_end_is_read():
    noise = bytes(range(256)) * 400
    packed = tar_gz(("a/1.xml", b"<a/>"), ("a/2.xml", noise))
    found = members(packed[: len(packed) - 40])
    assert found[0].body == b"<a/>"
    assert "cut off" in (found[-1].reason or "")


@given(st.integers(0, len(DAY)), st.integers(0, 60), st.binary(max_size=40))
def test_a_mangled_archive_is_read_or_refused_and_nothing_else(start: int, length: int, instead: bytes):
    for member in members(DAY[:start] + instead + DAY[start + length :]):
        assert (member.body is None) is not (member.reason is None)


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    members(tar_gz(("a/1.xml", b"1"), ("../2.xml", b"2"), special("l", tarfile.SYMTYPE, "/etc/passwd")))
    assert list(tmp_path.iterdir()) == []
