"""The results of a job as one ZIP, made while it is sent: an entry for each result, report.csv at the end."""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bulkpress_core.domain.jobs import JobFile
from bulkpress_core.ports.object_store import ObjectStore
from upload_gateway.names import EntryNames
from upload_gateway.report import HEAD, REPORT_NAME, report_row, report_rows
from upload_gateway.zip_layout import LAYOUT, Entry, ZipLayout

PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Archive:
    """A ZIP about to be sent. `tag` is the same for the same bytes and no other.

    It is None where a checksum was not recorded (by workers before that was done): each part would cost reading all.
    """

    layout: ZipLayout
    tag: str | None

    @property
    def size_bytes(self) -> int:
        """How long it is."""
        return self.layout.size_bytes

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Its bytes in pieces of about PIECE_BYTES; an error while reading them must break the connection."""
        return gathered(self.layout.read(start, stop))


def archive_of(files: Callable[[], Iterable[JobFile]], objects: ObjectStore, at: datetime) -> Archive:
    """The ZIP of all files that have a result, dated `at`. `files` is read again when the report's turn comes.

    Entries keep only name, key, size and checksum, so a download costs about 1 KB of memory for each file of the job.
    """
    entries: list[Entry] = []
    tag = hashlib.sha256(f"{LAYOUT}/{at:%Y%m%d%H%M%S}\n".encode())
    report_bytes, report_crc32 = len(HEAD), zlib.crc32(HEAD)
    for file, name in with_entry_names(files()):
        row = report_row(file, name)
        report_bytes += len(row)
        report_crc32 = zlib.crc32(row, report_crc32)
        if name and file.outcome and file.outcome.result_key:
            entry = Entry(name, file.outcome.bytes_out, file.outcome.crc32, _Object(objects, file.outcome.result_key))
            entries.append(entry)
            tag.update(f"{file.outcome.result_key}/{entry.size_bytes}/{entry.crc32}/{name}\n".encode())
    rows = _Rows(lambda: report_rows(with_entry_names(files())))
    entries.append(Entry(REPORT_NAME, report_bytes, report_crc32, rows))
    tag.update(f"{report_bytes}/{report_crc32}".encode())
    is_known = all(entry.crc32 is not None for entry in entries)
    return Archive(ZipLayout(entries, at), tag.hexdigest()[:32] if is_known else None)


def gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of about PIECE_BYTES: every piece costs a change of threads when it is sent."""
    waiting: list[bytes] = []
    waiting_bytes = 0
    for piece in pieces:
        waiting.append(piece)
        waiting_bytes += len(piece)
        if waiting_bytes >= PIECE_BYTES:
            yield b"".join(waiting)
            waiting, waiting_bytes = [], 0
    if waiting:
        yield b"".join(waiting)


def with_entry_names(files: Iterable[JobFile]) -> Iterator[tuple[JobFile, str | None]]:
    """Each file with the name of its entry in the ZIP; None for one without a result."""
    names = EntryNames(REPORT_NAME)
    for file in files:
        yield file, names.take(file.name) if file.outcome and file.outcome.result_key else None


@dataclass(frozen=True, slots=True)
class _Object:
    """An object, not read before its turn comes."""

    objects: ObjectStore
    key: str

    def read(self, start: int) -> Iterator[bytes]:
        yield from self.objects.read(self.key, start=start)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The report, made anew whenever it is wanted."""

    make: Callable[[], Iterator[bytes]]

    def read(self, start: int) -> Iterator[bytes]:
        for row in self.make():
            if start < len(row):
                yield row[start:]
            start = max(0, start - len(row))
