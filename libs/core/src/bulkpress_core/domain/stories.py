"""A job's story: what has happened to it, in order, each chapter known by its position for as long as the job is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bulkpress_core.domain.jobs import FileState, Job, JobFile


class StoryEvent(StrEnum):
    """What can happen to a job."""

    JOB_OPENED = "job.opened"
    FILE_DONE = "file.done"
    FILE_KEPT = "file.kept"
    FILE_FAILED = "file.failed"
    JOB_RETRIED = "job.retried"  # its failed files are pressed once more
    JOB_CANCELLED = "job.cancelled"  # files that had not ended have done so with this, and are not told of one by one
    JOB_FINISHED = "job.finished"


EVENT_OF_FILE = {
    FileState.DONE: StoryEvent.FILE_DONE,
    FileState.KEPT: StoryEvent.FILE_KEPT,
    FileState.FAILED: StoryEvent.FILE_FAILED,
}


@dataclass(frozen=True, slots=True)
class Chapter:
    """One thing that happened. `file` is None for a failure whose file was tried again since: only that is known."""

    position: int  # 1 for the first
    event: StoryEvent
    number: int | None = None  # of the file it happened to
    file: JobFile | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Some of a job's story."""

    job: Job  # as it stands
    chapters: Sequence[Chapter]
    length: int  # of the story so far
    is_over: bool  # these are the last, and the job is finished: nothing follows unless it is retried
