"""The answers of the API: what clients read, in names that do not change when the inside does."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from bulkpress_core.domain.compression import CompressionLevel, Policy
from bulkpress_core.domain.jobs import FileState, Job, JobFile, JobState, Receipt
from bulkpress_core.domain.origins import shown_origin, shown_target
from bulkpress_core.domain.queueing import QueuePlace
from upload_gateway.wording import message_of

PREFIX = "/api/compress"  # of all paths that have to do with jobs


class Links(BaseModel):
    """Where to go on, as paths on this server."""

    self: str = Field(description="The job's state.")
    files: str = Field(description="Its files, by the page.")
    uploads: str = Field(description="Those of them that are to be uploaded, and where to.")
    events: str = Field(description="What happens to it, as it happens.")
    report: str = Field(description="How each file ended.")
    download: str = Field(description="The results, once the job is finished.")


def links_of(job_id: str) -> Links:
    """The links of a job."""
    job = f"{PREFIX}/jobs/{job_id}"
    parts = {name: f"{job}/{name}" for name in ("files", "uploads", "events", "report")}
    return Links.model_validate({"self": job, "download": f"{PREFIX}/download/{job_id}", **parts})


class SettingsView(BaseModel):
    """What was asked of compression."""

    compression_level: CompressionLevel
    image_quality: int | None = Field(description="JPEG quality, 1 to 100; null leaves it to the level.")
    max_image_dpi: int | None = Field(description="Pixels per inch; null leaves it to the level.")
    target_size: int | None = Field(description="The most a result may have, in bytes.")
    grayscale: bool
    linearize: bool
    strip_metadata: bool
    on_signed: Policy
    pdfa: Policy
    password: bool = Field(description="Whether there is one.")


class AcceptedJobView(BaseModel):
    """A job that was handed in."""

    job_id: str
    task_id: str
    status: JobState
    file_count: int
    links: Links

    @classmethod
    def of(cls, job: Job) -> Self:
        """The answer to an upload."""
        return cls(
            job_id=job.id,
            task_id=job.task_id,
            status=job.state,
            file_count=job.totals.files,
            links=links_of(job.id),
        )


class FileView(BaseModel):
    """One file of a job."""

    number: int = Field(description="0-based, in the order of upload.")
    name: str
    state: FileState
    size_bytes: int | None = Field(description="null before it is fetched, of a file handed in by its address.")
    source: str | None = Field(description="Where it is fetched from, without a query; null for what was sent.")
    target: str | None = Field(description="Where the result goes; null if it is downloaded from here.")
    result_size_bytes: int | None = Field(description="null until the file is `done` or `kept`.")
    saved_percent: float | None
    reason: str | None = Field(description="Why it ended as it did, from a closed vocabulary; null until it has.")
    message: str = Field(description="The same for people.")
    decisions: dict[str, int] = Field(description="What was done to how many objects of the file, by name.")
    cached: bool = Field(description="Whether the result is that of an identical file pressed before.")

    @classmethod
    def of(cls, file: JobFile) -> Self:
        """The file as clients see it."""
        outcome = file.outcome
        result_bytes = outcome.bytes_out if outcome and outcome.has_result else None
        return cls(
            number=file.number,
            name=file.name,
            state=file.state,
            size_bytes=None if file.is_unseen else file.size_bytes,
            source=shown_origin(file.origin),
            target=shown_target(file.origin),
            result_size_bytes=result_bytes,
            saved_percent=None if result_bytes is None else saved_percent(file.size_bytes, result_bytes),
            reason=outcome.reason if outcome else None,
            message=message_of(file),
            decisions=dict(outcome.decisions) if outcome else {},
            cached=outcome.cached if outcome else False,
        )


class JobProgressView(BaseModel):
    """How far a job is, as its events tell it."""

    status: JobState
    file_count: int
    completed_count: int
    failed_count: int
    progress: float
    bytes_in: int
    bytes_out: int

    @classmethod
    def of(cls, job: Job) -> Self:
        """The job's progress as clients see it."""
        totals = job.totals
        return cls(
            status=job.state,
            file_count=totals.files,
            completed_count=totals.ended,
            failed_count=totals.failed,
            progress=job.progress,
            bytes_in=totals.bytes_in,
            bytes_out=totals.bytes_out,
        )


class JobSummaryView(BaseModel):
    """Where a job stands, without its files."""

    job_id: str
    task_id: str
    status: JobState
    compression_settings: SettingsView
    keep_names: bool = Field(description="Whether results are called as their sources were; else by their numbers.")
    webhook_host: str | None = Field(description="The host that is told of the job; null for none.")
    file_count: int
    completed_count: int = Field(description="Files that have ended: done, kept, failed or cancelled.")
    done_count: int = Field(description="Files that became smaller.")
    kept_count: int = Field(description="Files whose original was already best.")
    failed_count: int
    awaiting_count: int = Field(description="Files that are to be uploaded yet, to the object store.")
    cancelled_count: int = Field(description="Files that had not ended when the job was cancelled.")
    progress: float = Field(description="Percent of the files that have ended.")
    bytes_in: int = Field(description="Of the files done or kept, before.")
    bytes_out: int = Field(description="Of the files done or kept, after.")
    saved_percent: float
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime = Field(description="When the job and its files are deleted.")
    expires_in_s: int = Field(description="Seconds until then, by the server's clock.")
    links: Links

    @classmethod
    def of(cls, job: Job, *, now: datetime) -> Self:
        """The job as clients see it in lists."""
        return cls(**_told(job, now))


class QueueView(BaseModel):
    """A waiting job's place in the queue, as long as nobody hands in anything more."""

    position: int = Field(description="Of its next file: 1 is the next to be compressed.")
    files_ahead: int = Field(description="Files of other jobs that will be begun before its last one.")
    start_eta_seconds: float | None = Field(description="Until its next file is begun; null while the pace is unknown.")
    eta_seconds: float | None = Field(description="Until its last file has ended; null while the pace is unknown.")

    @classmethod
    def of(cls, place: QueuePlace) -> Self:
        """The place as clients see it."""
        return cls(
            position=place.position,
            files_ahead=place.files_ahead,
            start_eta_seconds=_seconds(place.starts_in),
            eta_seconds=_seconds(place.ends_in),
        )


class JobView(JobSummaryView):
    """Where a job stands, with a page of its files."""

    queue: QueueView | None = Field(description="null once one of its files was begun, and while it is unknown.")
    files: list[FileView]

    @classmethod
    def with_files(cls, job: Job, files: Iterable[JobFile], *, now: datetime, place: QueuePlace | None = None) -> Self:
        """The job as clients see it, with these of its files."""
        queue = QueueView.of(place) if place else None
        return cls(**_told(job, now), queue=queue, files=[FileView.of(file) for file in files])


def _seconds(time: timedelta | None) -> float | None:
    return None if time is None else round(time.total_seconds(), 1)


def _told(job: Job, now: datetime) -> dict[str, Any]:
    totals = job.totals
    return {
        "job_id": job.id,
        "task_id": job.task_id,
        "status": job.state,
        "compression_settings": SettingsView(**job.settings.as_dict()),
        "keep_names": job.keep_names,
        "webhook_host": urlsplit(job.webhook_url).hostname,  # the rest of the address may hold a secret
        "file_count": totals.files,
        "completed_count": totals.ended,
        "done_count": totals.done,
        "kept_count": totals.kept,
        "failed_count": totals.failed,
        "awaiting_count": totals.awaiting,
        "cancelled_count": totals.cancelled,
        "progress": job.progress,
        "bytes_in": totals.bytes_in,
        "bytes_out": totals.bytes_out,
        "saved_percent": saved_percent(totals.bytes_in, totals.bytes_out),
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "expires_at": job.expires_at,
        "expires_in_s": max(0, int((job.expires_at - now).total_seconds())),
        "links": links_of(job.id),
    }


class JobListView(BaseModel):
    """A page of jobs, newest first."""

    jobs: list[JobSummaryView]
    next: str | None = Field(
        description="`cursor` of the next page; null after the last. A page may be short, or empty."
    )


class FileListView(BaseModel):
    """A page of a job's files, by number."""

    files: list[FileView]
    next: str | None = Field(
        description="`cursor` of the next page; null after the last. A page may be short, or empty."
    )


class ReceiptView(BaseModel):
    """A job that was deleted on demand."""

    job_id: str
    deleted_at: datetime
    files: int
    objects: int = Field(description="Sources and results deleted from the object store.")

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        """The receipt as clients see it."""
        return cls(job_id=receipt.job_id, deleted_at=receipt.deleted_at, files=receipt.files, objects=receipt.objects)


def saved_percent(bytes_in: int, bytes_out: int) -> float:
    """How much smaller the result is, in percent of the source; 0.0 for nothing."""
    return round(100.0 * (bytes_in - bytes_out) / bytes_in, 1) if bytes_in else 0.0
