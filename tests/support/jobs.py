"""Makers of jobs, files and outcomes for tests of job stores, and a time that tests move by hand."""

from datetime import UTC, datetime, timedelta

from bulkpress_core.domain.jobs import Claim, FileState, Job, JobFile, JobId, Outcome, TenantId, new_job_id
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.ports.job_store import JobStore

# Redis forgets records by a clock of its own, so a date that was written here would become the past one day.
NOW = datetime.now(UTC).replace(microsecond=123_000)  # stores keep milliseconds
LEASE = timedelta(seconds=60)
AFTER_LEASE = NOW + LEASE
LANE = Lane.COMPRESSION


def new_job(
    tenant: str = "ada",
    *,
    job_id: JobId | None = None,
    expires_in: timedelta = timedelta(days=1),
    weight: float = 1.0,
) -> Job:
    """A job that receives files."""
    return Job(job_id or new_job_id(), TenantId(tenant), created_at=NOW, expires_at=NOW + expires_in, weight=weight)


def new_files(
    job: Job, count: int, *, first: int = 0, cost: float = 100.0, digest: str = "", heavy: bool = False
) -> list[JobFile]:
    """`count` files of 100 bytes each, of the same content if there is a `digest`."""
    return [
        JobFile(number, f"{number}.pdf", 100, f"{job.source_prefix}source/{number}.pdf", cost, digest, heavy)
        for number in range(first, first + count)
    ]


def sealed_job(
    jobs: JobStore,
    files: int = 1,
    *,
    tenant: str = "ada",
    cost: float = 100.0,
    job_id: JobId | None = None,
    weight: float = 1.0,
    digest: str = "",
) -> JobId:
    """A job that was handed in with so many files."""
    job = new_job(tenant, job_id=job_id, weight=weight)
    jobs.create(job)
    jobs.add_files(job.id, new_files(job, files, cost=cost, digest=digest))
    jobs.seal(job.id, JobOptions(), now=NOW)
    return job.id


def opened_job(
    jobs: JobStore,
    files: int = 1,
    *,
    tenant: str = "ada",
    cost: float = 100.0,
    job_id: JobId | None = None,
    weight: float = 1.0,
    digest: str = "",
) -> JobId:
    """A job whose files wait in the lane."""
    job_id = sealed_job(jobs, files, tenant=tenant, cost=cost, job_id=job_id, weight=weight, digest=digest)
    jobs.open(job_id, LANE, now=NOW)
    return job_id


def claimed(jobs: JobStore, *, lane: Lane = LANE, now: datetime = NOW) -> Claim:
    """The next file of the lane, which must not be empty."""
    claim = jobs.claim(lane, now=now, lease=LEASE)
    assert claim is not None, "the lane is empty"
    return claim


def done(claim: Claim, *, bytes_out: int = 40) -> Outcome:
    """An outcome that says all it can."""
    return Outcome(
        FileState.DONE,
        "pressed",
        detail="60 % smaller",
        result_key=f"{claim.tenant}/{claim.job_id}/result/{claim.file.number}.pdf",
        bytes_out=bytes_out,
        seconds=1.25,
        decisions={"image.recoded": 3, "image.kept.matte_mask": 1},
        crc32=0xFFFFFFFF,
    )
