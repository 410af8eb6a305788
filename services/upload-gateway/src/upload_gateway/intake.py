"""Taking in a job: its files are streamed into the object store, then it is handed in or discarded."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import structlog

from bulkpress_core.domain.cost import UNSEEN_MS, CostFacts, CostSkimmer, predicted_ms
from bulkpress_core.domain.errors import (
    ConflictError,
    FileTooLargeError,
    InvalidRequestError,
    JobNotFoundError,
    JobTooLargeError,
    NoFilesError,
    TooManyFilesError,
    UnavailableError,
)
from bulkpress_core.domain.jobs import FileState, Job, JobFile, Outcome, Purpose
from bulkpress_core.domain.lanes import is_heavy
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.domain.origins import DirectUpload
from bulkpress_core.domain.sniffing import HEAD_BYTES, ended_at_the_door, refused_by
from bulkpress_core.ports.job_store import JobStore
from bulkpress_core.ports.object_store import ObjectStore, ObjectWriter
from upload_gateway.clock import Clock
from upload_gateway.named_files import NamedFile
from upload_gateway.names import shown_name

TOUCHED_EVERY = timedelta(seconds=30)
RECORDS_PER_BATCH = 500  # file records sent to the job store at once: bounds both memory and round trips

ANALYSIS_KEPT_FOR = timedelta(hours=1)  # long enough to ask for it again

log = structlog.get_logger(__name__)


class FileRefusedError(InvalidRequestError):
    """The file cannot be analysed. `reason` says why, in the words that files of jobs end with."""

    code = "file_refused"

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.detail or outcome.reason)
        self.reason = outcome.reason


class NotAPdfError(FileRefusedError):
    """The file is no PDF, or empty."""

    code = "not_a_pdf"


class JobDeletedError(ConflictError):
    """The job was deleted while its files were being received. Send them again, if that was a mistake."""

    code = "job_deleted"


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """What one job may hold, and for how long it is kept."""

    max_file_bytes: int
    max_files: int
    expires_in: timedelta  # unless the request names another
    max_expires_in: timedelta
    weights: Mapping[str, float] = field(default_factory=dict)  # shares of a lane by tenant; 1 for those not named
    max_job_bytes: int | None = None  # of all files of a job together
    max_waiting: int | None = None  # files of all the tenant's jobs together


def of_analyses(limits: IntakeLimits) -> IntakeLimits:
    """The same for an analysis, which is of one file."""
    return replace(limits, max_files=1, expires_in=min(limits.expires_in, ANALYSIS_KEPT_FOR))


@dataclass(slots=True)
class _OpenFile:
    name: str
    key: str
    asked: Mapping[str, Any]  # settings of its own
    head: bytes = b""  # held back until it says whether this may be a PDF
    writer: ObjectWriter | None = None  # None before that, and for what is no PDF: it is not stored
    context: ExitStack = field(default_factory=ExitStack)  # closing it discards what was written and not committed
    size_bytes: int = 0
    skimmer: CostSkimmer = field(default_factory=CostSkimmer)
    sha256: Any = field(default_factory=hashlib.sha256)  # hashlib names no class


class Intake:
    """One job being received. Not safe for use by several threads at the same time.

    The job is recorded before its first byte is stored, so that cleanup finds what a crash leaves behind.
    """

    def __init__(self, job: Job, jobs: JobStore, objects: ObjectStore, limits: IntakeLimits, clock: Clock) -> None:
        self.job = job
        self.files = 0  # received whole
        self.bytes = 0  # of those
        self._jobs = jobs
        self._objects = objects
        self._limits = limits
        self._clock = clock
        self._open: _OpenFile | None = None
        self._unrecorded: list[JobFile] = []
        self._touched_at = job.created_at

    def begin(self, name: str, asked: Mapping[str, Any] | None = None) -> None:
        """Start the next file, under its sender's name and with settings of its own. Raises TooManyFilesError."""
        self._check_room_for_one_more()
        self._open = _OpenFile(shown_name(name, self.files), self._next_key, asked or {})

    def write(self, piece: bytes) -> None:
        """Append to the file begun last. Raises FileTooLargeError as soon as it or the job is."""
        file = self._receiving()
        begun_at = file.size_bytes
        file.size_bytes += len(piece)
        if file.size_bytes > self._limits.max_file_bytes:
            raise self._too_large(file.name)
        if (most := self._limits.max_job_bytes) is not None and self.bytes + file.size_bytes > most:
            raise JobTooLargeError.than(most)
        with self._storing():
            if begun_at < HEAD_BYTES:
                file.head += piece
                if file.size_bytes >= HEAD_BYTES:
                    self._take_in(file)
            elif file.writer:
                _append(file, file.writer, piece)
        self._touch()

    def end(self) -> None:
        """Complete the file begun last: it is in the object store now. Raises NotAPdfError, of an analysis."""
        file = self._receiving()
        with self._storing():
            if file.size_bytes < HEAD_BYTES:
                self._take_in(file)
            if file.writer:
                file.writer.commit()
        file.context.close()
        self._open = None
        self._add(_record_of(file, self.files))

    def add_named(self, file: NamedFile) -> None:
        """Add a file that a worker is to fetch, or its client to upload later.

        Raises TooManyFilesError, FileTooLargeError, JobTooLargeError.
        """
        self._check_room_for_one_more()
        is_awaited = isinstance(file.origin, DirectUpload)
        if is_awaited and file.size_bytes > self._limits.max_file_bytes:
            raise self._too_large(file.name)
        if (most := self._limits.max_job_bytes) is not None and self.bytes + file.size_bytes > most:
            raise JobTooLargeError.than(most)
        cost_ms = round(predicted_ms(CostFacts(file.size_bytes)), 1) if file.size_bytes else UNSEEN_MS
        self._add(
            JobFile(
                self.files,
                shown_name(file.name, self.files),
                file.size_bytes,
                self._next_key,
                cost_ms,
                heavy=is_heavy(cost_ms),
                asked=file.asked,
                origin=file.origin,
                state=FileState.AWAITING_UPLOAD if is_awaited else FileState.PENDING,
            )
        )
        self._touch()

    def hand_in(self, options: JobOptions) -> Job:
        """Seal the job: no file can be added any more, workers may have it. Raises NoFilesError."""
        if not self.files:
            raise NoFilesError
        self._record()
        expires_in = options.expires_in or self._limits.expires_in
        with self._storing():
            return self._jobs.seal(self.job.id, replace(options, expires_in=expires_in), now=self._clock())

    def discard(self) -> None:
        """Delete all that was stored and forget the job. What cannot be reached now is left to cleanup."""
        try:
            if self._open:
                self._open.context.close()
                self._open = None
            self._objects.delete_prefix(self.job.source_prefix)
            self._jobs.delete(self.job.id)  # last: as long as something is left, cleanup must find the job
        except UnavailableError as error:
            log.warning("intake.discard_postponed", job_id=self.job.id, code=error.code, error=str(error))
        else:
            log.info("intake.discarded", job_id=self.job.id, files=self.files, bytes=self.bytes)

    @contextmanager
    def _storing(self) -> Iterator[None]:
        """Tell a store that is away from one whose objects went with the job. Raises JobDeletedError."""
        try:
            yield
        except JobNotFoundError:
            raise JobDeletedError from None
        except UnavailableError as error:
            try:
                self._jobs.get(self.job.id)
            except JobNotFoundError:
                raise JobDeletedError from error
            raise

    def _take_in(self, file: _OpenFile) -> None:
        """Begin to store the file, now that its head is there, if it may be a PDF."""
        refused = refused_by(file.head)
        if refused and self.job.purpose is Purpose.ANALYZE:
            raise NotAPdfError(refused)
        if refused is None:
            file.writer = file.context.enter_context(self._objects.writer(file.key))
            _append(file, file.writer, file.head)

    @property
    def _next_key(self) -> str:
        return f"{self.job.source_prefix}source/{self.files}.pdf"

    def _too_large(self, name: str) -> FileTooLargeError:
        return FileTooLargeError(
            f"{name!r} is larger than {self._limits.max_file_bytes} bytes, the most this installation takes: "
            "leave it out or split it"
        )

    def _check_room_for_one_more(self) -> None:
        if self.files >= self._limits.max_files:
            raise TooManyFilesError(
                f"the job holds more than {self._limits.max_files} files, the most this installation takes at once: "
                "split it into several jobs"
            )

    def _add(self, file: JobFile) -> None:
        self._unrecorded.append(file)
        self.files += 1
        self.bytes += file.size_bytes
        if len(self._unrecorded) >= RECORDS_PER_BATCH:
            self._record()

    def _receiving(self) -> _OpenFile:
        if self._open is None:
            raise RuntimeError("no file was begun: call begin() before write() or end()")
        return self._open

    def _touch(self) -> None:
        """Say now and then that the upload goes on, or cleanup would take it for broken off."""
        if (now := self._clock()) - self._touched_at >= TOUCHED_EVERY:
            self._touched_at = now
            self._jobs.touch(self.job.id, now=now)

    def _record(self) -> None:
        if self._unrecorded:
            with self._storing():
                self._jobs.add_files(self.job.id, self._unrecorded, most_open=self._limits.max_waiting)
            self._unrecorded = []


def _append(file: _OpenFile, writer: ObjectWriter, piece: bytes) -> None:
    writer.write(piece)
    file.skimmer.feed(piece)
    file.sha256.update(piece)


def _record_of(file: _OpenFile, number: int) -> JobFile:
    """What the job store is told of a file that has arrived whole."""
    cost_ms = round(predicted_ms(file.skimmer.facts()), 1)
    digest = base64.b64encode(file.sha256.digest()).decode().rstrip("=")
    record = JobFile(
        number,
        file.name,
        file.size_bytes,
        file.key,
        cost_ms,
        digest=digest,
        heavy=is_heavy(cost_ms),
        asked=file.asked,
    )
    refused = refused_by(file.head)
    return ended_at_the_door(record, refused) if refused else record
