"""The ZIP of a job where HTTP is not needed to see it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from bulkpress_core.adapters.folder_objects import FolderObjectStore
from bulkpress_core.domain.jobs import FileState, JobFile, Outcome
from upload_gateway.archive import PIECE_BYTES, Archive, archive_of, gathered
from upload_gateway.zip_layout import ResultChangedError

AT = datetime(2100, 2, 3, 4, 5, 6, tzinfo=UTC)


class Zeros(FolderObjectStore):
    """Every object is so many zeros. Counts how often one was read."""

    size_bytes = 0
    times_read = 0

    def read(self, key: str, *, start: int = 0) -> Iterator[bytes]:
        self.times_read += 1
        piece = bytes(PIECE_BYTES)
        for at in range(start, self.size_bytes, PIECE_BYTES):
            yield piece[: self.size_bytes - at]


def files(count: int, size_bytes: int, crc32: int | None = 0) -> Iterator[JobFile]:
    outcome = Outcome(FileState.KEPT, "already_small", result_key="a/b", bytes_out=size_bytes, crc32=crc32)
    file = JobFile(0, "x.pdf", size_bytes, "a/b", 1.0, state=FileState.KEPT, attempts=1, outcome=outcome)
    return (replace(file, number=number, name=f"{number}.pdf") for number in range(count))


def whole(archive: Archive) -> bytes:
    return b"".join(archive.read(0, archive.size_bytes))


@pytest.mark.parametrize("entries", [3, 65_534, 65_535, 65_536])
def test_the_length_told_is_the_length_sent_also_around_the_limit_of_plain_zip(tmp_path: Path, entries: int) -> None:
    archive = archive_of(lambda: files(entries - 1, 0), Zeros(tmp_path), AT)  # report.csv is an entry as well
    content = whole(archive)
    assert archive.size_bytes == len(content)
    assert len(ZipFile(BytesIO(content)).namelist()) == entries


def test_checksums_that_were_recorded_cost_no_reading_and_others_are_read_for_once(tmp_path: Path) -> None:
    objects = Zeros(tmp_path)
    objects.size_bytes = 1000
    archive = archive_of(lambda: files(3, 1000, 0x2A8B6D0A), objects, AT)
    b"".join(archive.read(archive.size_bytes - 500, archive.size_bytes))
    assert objects.times_read == 0
    archive = archive_of(lambda: files(3, 1000, None), objects, AT)
    assert ZipFile(BytesIO(whole(archive))).testzip() is None
    assert objects.times_read == 6  # for the checksum, and to be sent


@pytest.mark.parametrize("size_bytes", [9, 11])
def test_a_result_of_another_size_than_recorded_breaks_the_archive_off(tmp_path: Path, size_bytes: int) -> None:
    objects = Zeros(tmp_path)
    objects.size_bytes = size_bytes
    with pytest.raises(ResultChangedError):
        whole(archive_of(lambda: files(1, 10), objects, AT))


def test_other_bytes_than_recorded_break_the_archive_off(tmp_path: Path) -> None:
    objects = Zeros(tmp_path)
    objects.size_bytes = 10
    with pytest.raises(ResultChangedError, match="not those that were stored"):
        whole(archive_of(lambda: files(1, 10, crc32=12345), objects, AT))


def test_the_tag_changes_with_whatever_changes_a_byte(tmp_path: Path) -> None:
    def tag(count: int, size: int, crc32: int, at: datetime = AT) -> str:
        return archive_of(lambda: files(count, size, crc32), Zeros(tmp_path), at).tag

    assert tag(2, 10, 5) == tag(2, 10, 5)
    later = AT.replace(second=30)
    assert len({tag(2, 10, 5), tag(3, 10, 5), tag(2, 11, 5), tag(2, 10, 6), tag(2, 10, 5, later)}) == 5


def test_small_pieces_are_gathered_and_no_byte_is_lost() -> None:
    pieces = [bytes([number % 256]) * (number * 37 % 5000) for number in range(1000)]
    out = list(gathered(pieces))
    assert b"".join(out) == b"".join(pieces)
    assert all(PIECE_BYTES <= len(piece) < PIECE_BYTES + 5000 for piece in out[:-1])
