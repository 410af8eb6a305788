"""One file of a job as it can be downloaded: its result, or what was uploaded.

JobNotFinishedError
└── FileNotFinishedError    file_not_finished   409
NoResultsError
└── FileHasNoResultError    no_result           409
"""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from bulkpress_core.domain.errors import JobNotFinishedError, NoResultsError, NoSourceError, ObjectNotFoundError
from bulkpress_core.domain.jobs import JobFile
from bulkpress_core.domain.origins import shown_target
from bulkpress_core.ports.object_store import ObjectStore
from upload_gateway.zip_layout import ResultChangedError


class FileNotFinishedError(JobNotFinishedError):
    """The file has not ended yet. Ask for its state until it is `done` or `kept`, then download."""

    code = "file_not_finished"


class FileHasNoResultError(NoResultsError):
    """The file has ended without a result. Its `reason` says why."""

    code = "no_result"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An object that is there. `tag` is None where nothing is known that only the same bytes have."""

    objects: ObjectStore
    key: str
    size_bytes: int
    tag: str | None
    crc32: int | None = None  # None: not known

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Its bytes from `start` to `stop` (excluded). Raises ObjectNotFoundError, StoreUnavailableError, at once.

        Should the object be another than was recorded, the last piece is held back and ResultChangedError raised.
        """
        return self._exactly(self.objects.read(self.key, start=start), start, stop)

    def _exactly(self, chunks: Iterator[bytes], start: int, stop: int) -> Iterator[bytes]:
        at, checksum, held = start, 0, b""
        for chunk in chunks:
            if at == stop:
                raise ResultChangedError(f"object {self.key!r} is longer than {stop} bytes")
            if held:
                yield held
            held = chunk[: stop - at]
            at += len(held)
            checksum = zlib.crc32(held, checksum)
            if at == stop < self.size_bytes:
                break
        if at < stop:
            raise ResultChangedError(f"object {self.key!r} ends after {at} of {stop} bytes")
        if (start, stop) == (0, self.size_bytes) and self.crc32 not in {None, checksum}:
            raise ResultChangedError(f"the bytes of object {self.key!r} are not those that were stored")
        yield held


def result_of(file: JobFile, objects: ObjectStore) -> StoredFile:
    """The file's result. Raises FileNotFinishedError, FileHasNoResultError, ObjectNotFoundError, ResultChangedError."""
    outcome = file.outcome
    if outcome is None:
        raise FileNotFinishedError(
            f"the file is {file.state}: ask for its state until it is `done` or `kept`, then download"
        )
    if target := shown_target(file.origin) if outcome.has_result else None:
        raise FileHasNoResultError(f"the result of this file is not here: it was written to {target}")
    if outcome.result_key is None:
        raise FileHasNoResultError
    size = objects.size(outcome.result_key)
    if size != outcome.bytes_out:
        raise ResultChangedError(f"object {outcome.result_key!r} has {size} bytes instead of {outcome.bytes_out}")
    tag = _tag(outcome.result_key, size, outcome.crc32)
    return StoredFile(objects, outcome.result_key, size, tag, outcome.crc32)


def source_of(file: JobFile, objects: ObjectStore) -> StoredFile:
    """What was uploaded. Raises NoSourceError where nothing was stored, or it was deleted since."""
    try:
        size = objects.size(file.source_key)
    except ObjectNotFoundError:
        raise NoSourceError from None
    tag = _tag(file.source_key, size, file.digest) if file.digest else None
    return StoredFile(objects, file.source_key, size, tag)


def _tag(*decisive: object) -> str:
    return hashlib.sha256("/".join(map(str, decisive)).encode()).hexdigest()[:32]
