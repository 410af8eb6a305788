"""The results of a job as one ZIP, made while it is sent: stored entries, ZIP64 where needed, report.csv at the end."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import structlog
from zipstream import ZipStream

from bulkpress_core.domain.errors import BulkpressError
from bulkpress_core.domain.jobs import JobFile
from bulkpress_core.ports.object_store import ObjectStore
from upload_gateway.names import EntryNames
from upload_gateway.report import HEAD, REPORT_NAME, report_row, report_rows

PIECE_BYTES = 256 * 1024
MISCOUNTED_ENTRIES = 65_535  # at just this many, zipstream-ng 1.9.3 writes a ZIP64 end record that len() leaves out

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Archive:
    """A ZIP about to be sent. `size_bytes` is None where it cannot be told before."""

    size_bytes: int | None
    pieces: Iterator[bytes]  # of about PIECE_BYTES; an error while reading them must break the connection


def archive_of(files: Callable[[], Iterable[JobFile]], objects: ObjectStore) -> Archive:
    """The ZIP of all files that have a result. `files` is read twice, the second time when the report's turn comes.

    Entries keep only name, key and size, so the memory of a download is about 1 KB for each file of the job.
    """
    archive = ZipStream(sized=True)
    report_bytes = len(HEAD)
    for file, entry in with_entry_names(files()):
        report_bytes += len(report_row(file, entry))
        if file.outcome and file.outcome.result_key and entry:
            archive.add(_Object(objects, file.outcome.result_key), entry, size=file.outcome.bytes_out)
    archive.add(report_rows(with_entry_names(files())), REPORT_NAME, size=report_bytes)
    size_bytes = None if archive.num_queued() == MISCOUNTED_ENTRIES else len(archive)
    return Archive(size_bytes, gathered(archive))


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

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self.objects.read(self.key)
        except BulkpressError as error:
            log.warning("download.broken_off", key=self.key, code=error.code, error=str(error))
            raise
