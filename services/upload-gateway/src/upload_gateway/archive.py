"""The results of a job as one ZIP, made while it is sent: an entry for each result, report.csv at the end."""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from bulkpress_core.domain.errors import BulkpressError
from bulkpress_core.domain.jobs import JobFile
from bulkpress_core.ports.object_store import ObjectStore
from upload_gateway.names import EntryNames
from upload_gateway.report import REPORT_NAME, report_rows
from upload_gateway.zip_layout import Entry, ZipLayout

PIECE_BYTES = 256 * 1024

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Archive:
    """A ZIP about to be sent. The same job in the same state gives the same bytes and the same `tag`."""

    layout: ZipLayout
    tag: str

    @property
    def size_bytes(self) -> int:
        """How long it is."""
        return self.layout.size_bytes

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Its bytes in pieces of about PIECE_BYTES; an error while reading them must break the connection."""
        return gathered(self.layout.read(start, stop))


def archive_of(files: Callable[[], Iterable[JobFile]], objects: ObjectStore, at: datetime) -> Archive:
    """The ZIP of all files that have a result, dated `at`. `files` is read twice, the second time for the report.

    Entries keep only name, key, size and checksum, so a download costs about 1 KB of memory for each file of the job.
    """
    entries: list[Entry] = []
    tag = hashlib.sha256()
    report_bytes = report_crc32 = 0

    def rows() -> Iterator[bytes]:
        return report_rows(with_entry_names(files()))

    def noted() -> Iterator[tuple[JobFile, str | None]]:
        for file, name in with_entry_names(files()):
            outcome = file.outcome
            if outcome and outcome.result_key and name:
                entries.append(Entry(name, outcome.bytes_out, _Object(objects, outcome.result_key, outcome.crc32)))
                tag.update(f"{name}/{outcome.bytes_out}/{outcome.result_key}/{outcome.crc32}\n".encode())
            yield file, name

    for row in report_rows(noted()):
        report_bytes += len(row)
        report_crc32 = zlib.crc32(row, report_crc32)
    entries.append(Entry(REPORT_NAME, report_bytes, _Made(rows, report_crc32)))
    tag.update(f"{report_bytes}/{report_crc32}/{at:%Y%m%d%H%M%S}".encode())
    return Archive(ZipLayout(entries, at), tag.hexdigest()[:32])


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


@dataclass(slots=True)
class _Object:
    """An object, not read before its turn comes, and for its checksum only where a worker of before recorded none."""

    objects: ObjectStore
    key: str
    known_crc32: int | None

    def crc32(self) -> int:
        if self.known_crc32 is None:
            checksum = 0
            for piece in self.read(0):
                checksum = zlib.crc32(piece, checksum)
            self.known_crc32 = checksum
        return self.known_crc32

    def read(self, start: int) -> Iterator[bytes]:
        try:
            yield from self.objects.read(self.key, start=start)
        except BulkpressError as error:
            log.warning("download.broken_off", key=self.key, code=error.code, error=str(error))
            raise


@dataclass(frozen=True, slots=True)
class _Made:
    """What is made anew each time, always the same."""

    make: Callable[[], Iterator[bytes]]
    checksum: int

    def crc32(self) -> int:
        return self.checksum

    def read(self, start: int) -> Iterator[bytes]:
        for piece in self.make():
            if start < len(piece):
                yield piece[start:]
            start = max(0, start - len(piece))
