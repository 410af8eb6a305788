"""Any part of a ZIP is the same part of the whole, whatever lies in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise
from zipfile import ZipFile
from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from upload_gateway.zip_layout import Entry, ZipLayout

AT = datetime(2024, 5, 6, 7, 8, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Pieces:
    """A content in pieces of some size."""

    body: bytes
    size: int

    def read(self, start: int) -> Iterator[bytes]:
        return (self.body[at : at + self.size] for at in range(start, len(self.body), self.size))


@st.composite
def layouts(draw: st.DrawFn) -> ZipLayout:
    """Up to eight entries; some without a recorded checksum."""
    names = draw(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), max_size=8))
    entries = []
    for name in names:
        body = draw(st.binary(max_size=200))
        checksum = crc32(body) if draw(st.booleans()) else None
        entries.append(Entry(name, len(body), checksum, Pieces(body, draw(st.integers(1, 64)))))
    return ZipLayout(entries, AT)


@given(layouts(), st.data())
def test_any_stretch_is_the_slice_of_the_whole(layout: ZipLayout, data: st.DataObject) -> None:
    whole = b"".join(layout.read(0, layout.size_bytes))
    assert len(whole) == layout.size_bytes
    assert ZipFile(BytesIO(whole)).testzip() is None
    start = data.draw(st.integers(0, layout.size_bytes))
    stop = data.draw(st.integers(start, layout.size_bytes))
    assert b"".join(layout.read(start, stop)) == whole[start:stop]


@given(layouts(), st.data())
def test_parts_that_follow_each_other_are_the_whole(layout: ZipLayout, data: st.DataObject) -> None:
    ends = sorted(data.draw(st.lists(st.integers(0, layout.size_bytes), max_size=6)))
    cuts = [0, *ends, layout.size_bytes]
    parts = [b"".join(layout.read(start, stop)) for start, stop in pairwise(cuts)]
    assert b"".join(parts) == b"".join(layout.read(0, layout.size_bytes))
