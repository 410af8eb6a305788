"""The ZIP of a job's results where HTTP is not needed to see it."""

import tracemalloc
from collections.abc import Callable, Iterator
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

AT = datetime(2024, 5, 6, 7, 8, 10, tzinfo=UTC)
EMPTY = Outcome(FileState.KEPT, "already_small", result_key="a/b", bytes_out=0, crc32=0)


class Empty(FolderObjectStore):
    """Every object is there and empty."""

    def read(self, key: str, *, start: int = 0) -> Iterator[bytes]:
        return iter(())


def files(count: int, outcome: Outcome = EMPTY) -> Callable[[], Iterator[JobFile]]:
    file = JobFile(0, "x.pdf", 0, "a/b", 1.0, state=FileState.KEPT, attempts=1, outcome=outcome)
    return lambda: (replace(file, number=number, name=f"{number:060}.pdf") for number in range(count))


def whole(archive: Archive) -> bytes:
    return b"".join(archive.read(0, archive.size_bytes))


@pytest.mark.parametrize("entries", [3, 65_534, 65_535, 65_536])
def test_the_length_told_is_the_length_sent_also_around_the_limit_of_plain_zip(tmp_path: Path, entries: int) -> None:
    archive = archive_of(files(entries - 1), Empty(tmp_path), AT)  # report.csv is an entry as well
    content = whole(archive)
    assert archive.size_bytes == len(content)
    assert len(ZipFile(BytesIO(content)).namelist()) == entries
    assert (b"PK\x06\x06" in content[-200:]) == (entries >= 65_535)  # ZIP64 end record (APPNOTE 4.3.14)


@pytest.mark.parametrize(
    "change",
    [{"crc32": 1}, {"bytes_out": 1}, {"result_key": "a/c"}, {"reason": "other"}],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_a_byte_changes_the_tag(tmp_path: Path, change: dict[str, object]) -> None:
    def tag(outcome: Outcome, at: datetime = AT) -> str | None:
        return archive_of(files(2, outcome), Empty(tmp_path), at).tag

    assert tag(EMPTY)
    assert tag(EMPTY) == tag(EMPTY)
    assert tag(replace(EMPTY, **change)) != tag(EMPTY)  # type: ignore[arg-type]
    assert tag(EMPTY, AT.replace(second=20)) != tag(EMPTY)


def test_a_zip_of_results_without_recorded_checksums_has_them_all_the_same_but_no_tag(tmp_path: Path) -> None:
    objects = FolderObjectStore(tmp_path)
    with objects.writer("a/b") as writer:
        writer.write(b"old result")
        writer.commit()
    archive = archive_of(files(2, replace(EMPTY, bytes_out=10, crc32=None)), objects, AT)
    assert archive.tag is None
    opened = ZipFile(BytesIO(whole(archive)))
    assert opened.testzip() is None
    assert [opened.read(entry) for entry in opened.infolist()[:2]] == [b"old result"] * 2


@pytest.mark.parametrize(("bytes_out", "crc32"), [(9, None), (11, None), (10, 1)], ids=["longer", "shorter", "other"])
def test_a_result_that_is_not_what_was_recorded_breaks_the_archive_off(
    tmp_path: Path, bytes_out: int, crc32: int | None
) -> None:
    objects = FolderObjectStore(tmp_path)
    with objects.writer("a/b") as writer:
        writer.write(b"ten bytes.")
        writer.commit()
    archive = archive_of(files(1, replace(EMPTY, bytes_out=bytes_out, crc32=crc32)), objects, AT)
    with pytest.raises(ResultChangedError):
        whole(archive)


def test_a_report_that_changes_while_the_zip_is_sent_breaks_it_off(tmp_path: Path) -> None:
    versions = iter([files(2), files(2, replace(EMPTY, reason="other"))])

    def read() -> Iterator[JobFile]:
        return next(versions)()

    archive = archive_of(read, Empty(tmp_path), AT)
    with pytest.raises(ResultChangedError):
        whole(archive)


def test_a_download_costs_about_a_kilobyte_of_memory_for_each_file(tmp_path: Path) -> None:
    objects = Empty(tmp_path)
    tracemalloc.start()
    try:
        archive = archive_of(files(5000), objects, AT)
        for _ in archive.read(0, archive.size_bytes):
            pass
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes - 3 * PIECE_BYTES < 5000 * 1100


def test_small_pieces_are_gathered_and_no_byte_is_lost() -> None:
    pieces = [bytes([number % 256]) * (number * 37 % 5000) for number in range(1000)]
    out = list(gathered(pieces))
    assert b"".join(out) == b"".join(pieces)
    assert all(PIECE_BYTES <= len(piece) < PIECE_BYTES + 5000 for piece in out[:-1])
