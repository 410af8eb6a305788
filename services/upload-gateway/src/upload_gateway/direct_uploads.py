"""Files that clients put into the object store themselves: their URLs, their parts, and that they have arrived."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from bulkpress_core.domain.direct_uploads import (
    URLS_LAST,
    NoDirectUploadsError,
    NotArrivedError,
    NotAwaitedError,
    PartPlan,
    StoredPart,
    UploadEndedError,
    part_plan,
)
from bulkpress_core.domain.errors import ObjectNotFoundError, QueueUnavailableError, UnavailableError
from bulkpress_core.domain.jobs import NOT_UPLOADED, FileState, Job, JobFile, put_key_of
from bulkpress_core.domain.origins import DirectUpload
from bulkpress_core.domain.sniffing import HEAD_BYTES, refused_by
from bulkpress_core.ports.direct_uploads import DirectUploads
from bulkpress_core.ports.job_store import JobStore
from bulkpress_core.ports.object_store import ObjectStore
from bulkpress_core.ports.task_queue import TaskQueue
from upload_gateway.clock import Clock

PART_BYTES = 64 * 2**20  # what is larger goes up in parts of that: a minute at 10 Mbit/s is lost with one at most
NAMED_AT_MOST = 10  # numbers of parts that are missing, in an error

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PartToPut:
    """A part of a file. `url` takes it with one PUT; None if it is there."""

    number: int  # from 1 on
    size_bytes: int
    url: str | None


@dataclass(frozen=True, slots=True)
class UploadToDo:
    """How a file is to be uploaded: whole to `url`, or in `plan.count` parts, of which these are some."""

    file: JobFile
    expires_at: datetime  # of the URLs
    url: str | None = None
    plan: PartPlan | None = None
    parts: tuple[PartToPut, ...] = ()
    next_part: int | None = None


class DirectUploading:
    """Hands out URLs, and takes in what came by them. Any method may raise UnavailableError."""

    def __init__(
        self, jobs: JobStore, objects: ObjectStore, queue: TaskQueue, clock: Clock, part_bytes: int = PART_BYTES
    ) -> None:
        self._jobs = jobs
        self._objects = objects
        self._queue = queue
        self._clock = clock
        self._part_bytes = part_bytes

    def check(self) -> None:
        """Raise NoDirectUploadsError where clients cannot put anything into the object store."""
        self._direct()

    def of_whole(self, job: Job, file: JobFile) -> UploadToDo:
        """The URL of a file that goes up whole, or only the plan of one in parts: asks no server."""
        plan = part_plan(file.size_bytes, self._part_bytes)
        url = None
        if plan is None:
            key = put_key_of(job.source_prefix, file.number)
            url = self._direct().put_url(key, size_bytes=file.size_bytes, expires_in=URLS_LAST)
        return UploadToDo(file, self._clock() + URLS_LAST, url, plan)

    def keep(self, job: Job) -> None:
        """Say that its client is still there: files that nobody uploads any more are given up after a while."""
        self._jobs.keep_awaiting(job.id, now=self._clock())

    def of(self, job: Job, file: JobFile, *, first_part: int, limit: int) -> UploadToDo:
        """The URL of a file, or of up to `limit` of its parts from `first_part` on. Raises NotAwaitedError."""
        upload_id = _upload_id(file)
        self.keep(job)
        to_do = self.of_whole(job, file)
        if to_do.plan is None:
            return to_do
        plan, direct, key = to_do.plan, self._direct(), put_key_of(job.source_prefix, file.number)
        upload_id, there = self._begun(job, file, upload_id)
        last = min(plan.count, first_part + limit - 1)
        parts = []
        for number in range(first_part, last + 1):
            size_bytes = plan.size_of(number)
            is_there = number in there and there[number].size_bytes == size_bytes
            url = direct.part_url(key, upload_id, number, size_bytes=size_bytes, expires_in=URLS_LAST)
            parts.append(PartToPut(number, size_bytes, None if is_there else url))
        return UploadToDo(file, to_do.expires_at, None, plan, tuple(parts), last + 1 if last < plan.count else None)

    def complete(self, job: Job, file: JobFile) -> None:
        """Let the file wait for its turn, now that it is there; one that is no PDF ends.

        One that arrived before is no error. Raises NotArrivedError, NotAwaitedError, PartsRefusedError.
        """
        if file.state is not FileState.AWAITING_UPLOAD:
            _check_has_arrived(file)
            return
        key = put_key_of(job.source_prefix, file.number)
        if not self._is_there(key, file):
            self._put_together(key, file)
            if not self._is_there(key, file):
                raise NotArrivedError
        head = self._objects.head(key, HEAD_BYTES)
        try:
            lane = self._jobs.arrived(job.id, file.number, failed=refused_by(head), now=self._clock())
        except NotAwaitedError:  # somebody else was faster
            (file,) = self._jobs.files(job.id, start=file.number, stop=file.number + 1)
            _check_has_arrived(file)
            return
        log.info("file.arrived", job_id=job.id, file=file.number, bytes=file.size_bytes)
        if lane:
            try:
                self._queue.ring(lane, 1)
            except QueueUnavailableError as error:  # the scheduler rings for files that wait
                log.warning("job.bells_postponed", job_id=job.id, error=str(error))

    def give_up(self, job: Job, file: JobFile) -> None:
        """End the file, and delete what is there of it. Raises NotAwaitedError."""
        self._jobs.arrived(job.id, file.number, failed=NOT_UPLOADED, now=self._clock())
        key, upload_id = put_key_of(job.source_prefix, file.number), _upload_id(file)
        try:
            if upload_id:
                self._direct().abort(key, upload_id)
            self._objects.delete(key)
        except UnavailableError as error:  # it goes with the job
            log.warning("file.not_deleted", job_id=job.id, file=file.number, error=str(error))

    def _direct(self) -> DirectUploads:
        if self._objects.direct_uploads is None:
            raise NoDirectUploadsError
        return self._objects.direct_uploads

    def _begun(self, job: Job, file: JobFile, upload_id: str) -> tuple[str, Mapping[int, StoredPart]]:
        """The id of the file's upload in parts, begun now if none is going on, and what is there of it."""
        key, direct = put_key_of(job.source_prefix, file.number), self._direct()
        if upload_id:
            try:
                return upload_id, {part.number: part for part in direct.parts(key, upload_id)}
            except UploadEndedError:
                log.info("file.upload_begun_again", job_id=job.id, file=file.number)
        begun = direct.begin(key)
        counts = self._jobs.awaited_in_parts(job.id, file.number, begun, instead_of=upload_id)
        if counts == begun:
            return begun, {}
        direct.abort(key, begun)  # somebody was faster
        return counts, {part.number: part for part in direct.parts(key, counts)}

    def _is_there(self, key: str, file: JobFile) -> bool:
        try:
            return self._objects.size(key) == file.size_bytes
        except ObjectNotFoundError:
            return False

    def _put_together(self, key: str, file: JobFile) -> None:
        """Make the object of its parts, if it goes up in parts. Raises NotArrivedError, PartsRefusedError."""
        plan, upload_id, direct = part_plan(file.size_bytes, self._part_bytes), _upload_id(file), self._direct()
        if plan is None:
            return
        if not upload_id:
            raise NotArrivedError(f"none of the file's {plan.count} parts is there: ask for their URLs and put them")
        try:
            there = {part.number: part for part in direct.parts(key, upload_id)}
            numbers = range(1, plan.count + 1)
            missing = [n for n in numbers if n not in there or there[n].size_bytes != plan.size_of(n)]
            if missing:
                some = ", ".join(map(str, missing[:NAMED_AT_MOST]))
                raise NotArrivedError(f"{len(missing)} of {plan.count} parts are not there: {some}. Put them first")
            direct.complete(key, upload_id, [there[number].etag for number in numbers])
        except UploadEndedError:  # somebody else was faster, or the store has given it up: the object itself tells
            log.info("file.upload_over", file=file.number)


def _upload_id(file: JobFile) -> str:
    """Of an awaited file, the id of its upload in parts; "" for none. Raises NotAwaitedError."""
    if file.state is not FileState.AWAITING_UPLOAD or not isinstance(file.origin, DirectUpload):
        raise NotAwaitedError
    return file.origin.upload_id


def _check_has_arrived(file: JobFile) -> None:
    was_given_up = file.outcome is not None and file.outcome.reason in {NOT_UPLOADED.reason, "cancelled"}
    if not isinstance(file.origin, DirectUpload) or was_given_up:
        raise NotAwaitedError
