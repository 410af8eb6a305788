"""A ZIP whose every byte is known beforehand: read by others' code, and by the stretch."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO, RawIOBase
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upload_gateway.zip_layout import Entry, ZipLayout

AT = datetime(2100, 2, 3, 4, 5, 6, tzinfo=UTC)
GIB = 2**30


@dataclass(frozen=True)
class Held:
    """Content in memory."""

    content: bytes

    def crc32(self) -> int:
        return zlib.crc32(self.content)

    def read(self, start: int) -> Iterator[bytes]:
        for at in range(start, len(self.content), 7):
            yield self.content[at : at + 7]


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\/"), min_size=1, max_size=20)
CONTENTS = st.dictionaries(NAMES, st.binary(max_size=60), min_size=1, max_size=5)


def layout_of(contents: dict[str, bytes]) -> ZipLayout:
    return ZipLayout([Entry(name, len(content), Held(content)) for name, content in contents.items()], AT)


@given(CONTENTS)
def test_others_read_what_was_put_in(contents: dict[str, bytes]) -> None:
    layout = layout_of(contents)
    made = b"".join(layout.read(0, layout.size_bytes))
    assert len(made) == layout.size_bytes
    archive = ZipFile(BytesIO(made))
    assert {name: archive.read(name) for name in archive.namelist()} == contents
    assert archive.testzip() is None
    assert {entry.date_time for entry in archive.infolist()} == {(2100, 2, 3, 4, 5, 6)}


@given(CONTENTS, st.data())
def test_any_stretch_is_that_stretch_of_the_whole(contents: dict[str, bytes], data: st.DataObject) -> None:
    layout = layout_of(contents)
    made = b"".join(layout.read(0, layout.size_bytes))
    start = data.draw(st.integers(0, len(made)))
    stop = data.draw(st.integers(start, len(made)))
    assert b"".join(layout.read(start, stop)) == made[start:stop]


@dataclass(frozen=True)
class Vast:
    """So many zeros, which are made as they are read."""

    size_bytes: int

    def crc32(self) -> int:
        return zlib.crc32(bytes(self.size_bytes)) if self.size_bytes < GIB else 0  # nobody reads that much

    def read(self, start: int) -> Iterator[bytes]:
        for at in range(start, self.size_bytes, 65536):
            yield bytes(min(65536, self.size_bytes - at))


class Seen(RawIOBase):
    """The ZIP as a file that can be read anywhere, made where it is read."""

    def __init__(self, layout: ZipLayout) -> None:
        self.layout = layout
        self.at = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + (0, self.at, self.layout.size_bytes)[whence]
        return self.at

    def read(self, size: int = -1) -> bytes:
        stop = self.layout.size_bytes if size < 0 else min(self.at + size, self.layout.size_bytes)
        content = b"".join(self.layout.read(self.at, stop))
        self.at = stop
        return content


@pytest.mark.parametrize(
    "sizes", [[2**32 - 2], [2**32 - 1], [2**32], [3 * GIB, 3 * GIB, 5], [1, 2**33, 2, 3], [2**32 - 200, 10]]
)
def test_sizes_and_offsets_past_4_gib_are_found_by_others(sizes: list[int]) -> None:
    layout = ZipLayout([Entry(f"{number}.pdf", size, Vast(size)) for number, size in enumerate(sizes)], AT)
    archive = ZipFile(Seen(layout))
    assert [entry.file_size for entry in archive.infolist()] == sizes
    with archive.open(f"{len(sizes) - 1}.pdf") as last:  # its local header is where the directory says
        assert last.read(1) == b"\0"
