"""The ZIP writer against Python's reader, also where offsets, sizes and counts leave 32 and 16 bits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from io import SEEK_CUR, SEEK_END, RawIOBase
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile
from zlib import crc32

import pytest

from upload_gateway.zip_layout import Entry, ResultChangedError, ZipLayout

AT = datetime(2024, 5, 6, 7, 8, 11, tzinfo=UTC)
GIB = 2**30


@dataclass(frozen=True)
class Zeros:
    """A content of so many zeros, which nobody has to hold."""

    size_bytes: int

    def read(self, start: int) -> Iterator[bytes]:
        at = start
        while at < self.size_bytes:
            piece = bytes(min(65536, self.size_bytes - at))
            at += len(piece)
            yield piece


@dataclass(frozen=True)
class Bytes:
    """A content of these bytes, in pieces of three."""

    body: bytes

    def read(self, start: int) -> Iterator[bytes]:
        return (self.body[at : at + 3] for at in range(start, len(self.body), 3))


class Laid(RawIOBase):
    """A layout as a file to seek in: nothing is made of it but what is read, however large it is."""

    def __init__(self, layout: ZipLayout) -> None:
        self._layout = layout
        self._at = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._at = offset + {SEEK_CUR: self._at, SEEK_END: self._layout.size_bytes}.get(whence, 0)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        stop = self._layout.size_bytes if size < 0 else min(self._at + size, self._layout.size_bytes)
        content = b"".join(self._layout.read(self._at, stop))
        self._at += len(content)
        return content


def entry(name: str, body: bytes) -> Entry:
    return Entry(name, len(body), crc32(body), Bytes(body))


def huge(name: str, size_bytes: int) -> Entry:
    return Entry(name, size_bytes, 0x12345678, Zeros(size_bytes))


def opened(*entries: Entry, at: datetime = AT) -> ZipFile:
    return ZipFile(Laid(ZipLayout(entries, at)))


def test_names_bodies_and_dates_are_read_back_as_they_were() -> None:
    bodies = {"a.pdf": b"%PDF", "leer": b"", "2024/日本.pdf": b"x" * 1000, "Grüße 🎉.pdf": b"yz"}
    archive = opened(*(entry(name, body) for name, body in bodies.items()))
    assert {name: archive.read(name) for name in archive.namelist()} == bodies
    assert archive.testzip() is None
    for info in archive.infolist():
        assert info.date_time == (2024, 5, 6, 7, 8, 10)
        assert (info.compress_type, info.flag_bits, info.extract_version) == (ZIP_STORED, 0x800, 20)
        assert info.external_attr >> 16 == 0o100644


def test_a_zip_of_nothing_is_a_zip() -> None:
    assert opened().namelist() == []


def test_a_zip_can_be_unpacked_by_name(tmp_path: Path) -> None:
    opened(entry("a/b/c.pdf", b"deep")).extractall(tmp_path)
    assert (tmp_path / "a/b/c.pdf").read_bytes() == b"deep"


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), (1980, 1, 1, 0, 0, 0)),
        (datetime(2108, 1, 1, tzinfo=UTC), (1980, 1, 1, 0, 0, 0)),
        (datetime(2107, 12, 31, 23, 59, 59, tzinfo=UTC), (2107, 12, 31, 23, 59, 58)),
        (datetime(1980, 1, 1, tzinfo=timezone(timedelta(hours=5))), (1980, 1, 1, 0, 0, 0)),
    ],
)
def test_dates_that_ms_dos_has_not_become_its_first(at: datetime, told: tuple[int, ...]) -> None:
    assert opened(entry("a", b""), at=at).infolist()[0].date_time == told


@pytest.mark.parametrize("size", [4 * GIB - 2, 4 * GIB - 1, 4 * GIB, 6 * GIB])
def test_sizes_and_offsets_around_4_gib_are_told_in_32_bits_or_in_64(size: int) -> None:
    archive = opened(entry("first.pdf", b"first"), huge("huge.pdf", size), entry("last.pdf", b"last"))
    first, middle, last = archive.infolist()
    assert (middle.file_size, middle.compress_size, middle.CRC) == (size, size, 0x12345678)
    assert (first.extract_version, middle.extract_version) == (20, 45 if size >= 4 * GIB - 1 else 20)
    assert last.header_offset == middle.header_offset + 30 + len("huge.pdf") + (20 if size >= 4 * GIB - 1 else 0) + size
    assert last.extract_version == 45  # beyond 4 GiB, its offset is wide
    assert archive.read("last.pdf") == b"last"
    assert archive.read("first.pdf") == b"first"
    with archive.open("huge.pdf") as content:  # its local header has as much to say as the central directory
        content.read(10)


def test_an_offset_of_exactly_4_gib_less_one_is_wide() -> None:
    header = 30 + len("a")
    for offset, wide in ((4 * GIB - 2, False), (4 * GIB - 1, True)):
        archive = opened(huge("a", offset - header), entry("b", b"b"))
        assert archive.infolist()[1].header_offset == offset
        assert (archive.infolist()[1].extract_version == 45) is wide
        assert archive.read("b") == b"b"


def test_many_large_entries_come_to_terabytes() -> None:
    archive = opened(*(huge(f"{number}.pdf", 3 * GIB) for number in range(1000)), entry("report.csv", b"r"))
    assert archive.read("report.csv") == b"r"
    assert archive.infolist()[-1].header_offset > 3000 * GIB


@pytest.mark.parametrize("count", [65_534, 65_535, 65_536, 70_000])
def test_more_entries_than_16_bits_count(count: int) -> None:
    archive = opened(*(entry(f"{number}", b"") for number in range(count)))
    assert len(archive.namelist()) == count
    assert archive.namelist()[-1] == str(count - 1)


def test_only_entries_of_the_stretch_are_read() -> None:
    class Untouchable:
        def read(self, start: int) -> Iterator[bytes]:
            raise AssertionError("was read")

    untouchable = Entry("a", 100, 1, Untouchable())
    layout = ZipLayout([untouchable, entry("b", b"0123456789"), untouchable], AT)
    b_at = 2 * 31 + 100
    assert b"".join(layout.read(b_at + 3, b_at + 8)) == b"34567"
    tail = b"".join(layout.read(b_at + 10 + 31 + 100, layout.size_bytes))
    assert tail.startswith(b"PK\x01\x02")


@pytest.mark.parametrize(
    ("body", "told"),
    [(b"short", "ends after 5"), (b"longer than it", "is longer"), (b"otherwise!", "not those")],
    ids=["shorter", "longer", "other"],
)
def test_a_content_that_is_not_what_was_recorded_is_found_out(body: bytes, told: str) -> None:
    layout = ZipLayout([Entry("a", 10, crc32(b"0123456789"), Bytes(body))], AT)
    with pytest.raises(ResultChangedError, match=told):
        list(layout.read(0, layout.size_bytes))
