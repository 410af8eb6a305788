"""Files that did not come with their job: their origins are kept, their sizes learnt, and older records still read."""

from typing import Any

import pytest
import redis

from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.domain.jobs import FileState, JobFile, JobId, Outcome
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.domain.origins import UPLOADED, ForeignObject, Origin, S3Place, WebAddress
from bulkpress_core.ports.job_store import JobStore
from tests.support.jobs import LANE, NOW, claimed, new_files, new_job

PLACE = S3Place("archive", "in/\u00fc {a}.pdf")
ORIGINS: list[Origin] = [
    UPLOADED,
    WebAddress("gAAAAAB=", "https://a.example/a.pdf", is_sealed=True),
    WebAddress("http://a.example/a.pdf?x=1", "http://a.example/a.pdf", is_sealed=False),
    ForeignObject(PLACE),
    ForeignObject(PLACE, S3Place("results", "2024/a.pdf")),
]


def opened(jobs: JobStore, origin: Origin) -> JobId:
    """A job of one file from there, nothing of which is known but where it is."""
    job = new_job()
    key = f"{job.source_prefix}source/0.pdf"
    jobs.create(job)
    jobs.add_files(job.id, [JobFile(0, "a.pdf", 0, key, 100.0, origin=origin)])
    jobs.seal(job.id, JobOptions(), now=NOW)
    jobs.open(job.id, LANE, now=NOW)
    return job.id


@pytest.mark.parametrize("origin", ORIGINS, ids=lambda origin: type(origin).__name__)
def test_an_origin_is_read_as_it_was_recorded_and_claimed_with_its_file(jobs: JobStore, origin: Origin) -> None:
    job_id = opened(jobs, origin)
    (file,) = jobs.files(job_id)
    claim = claimed(jobs)
    assert file.origin == claim.file.origin == origin
    assert file.source_key == claim.file.source_key == f"ada/{job_id}/source/0.pdf"
    assert file.is_unseen is (origin != UPLOADED)


@pytest.mark.parametrize("state", [FileState.DONE, FileState.KEPT])
def test_a_size_that_is_learnt_is_the_files_and_counts_in_the_totals(jobs: JobStore, state: FileState) -> None:
    job_id = opened(jobs, ForeignObject(PLACE))
    settled = jobs.settle(claimed(jobs), Outcome(state, "reason", bytes_out=40, bytes_in=1000), now=NOW)
    (file,) = jobs.files(job_id)
    assert (file.size_bytes, file.is_unseen) == (1000, False)
    assert (settled.job.totals.bytes_in, settled.job.totals.bytes_out) == (1000, 40)


def test_a_size_that_was_known_stays_where_nothing_else_is_said(jobs: JobStore) -> None:
    job = new_job()
    jobs.create(job)
    jobs.add_files(job.id, new_files(job, 1))
    jobs.seal(job.id, JobOptions(), now=NOW)
    jobs.open(job.id, LANE, now=NOW)
    settled = jobs.settle(claimed(jobs), Outcome(FileState.DONE, "reason", bytes_out=40), now=NOW)
    assert (jobs.files(job.id)[0].size_bytes, settled.job.totals.bytes_in) == (100, 100)


@pytest.mark.parametrize("place", ["./source/0.pdf", "ada/{job}/source/0.pdf"])
def test_records_of_before_there_were_origins_came_with_their_job(redis_client: redis.Redis, place: str) -> None:
    jobs = RedisJobStore(redis_client)
    job_id = opened(jobs, UPLOADED)
    record: Any = {"n": "a.pdf", "s": 7, "k": place.replace("{job}", job_id), "c": 1.0, "st": "pending", "a": 0}
    redis_client.delete(f"bulkpress:file:{job_id}:0")
    redis_client.hset(f"bulkpress:file:{job_id}:0", mapping=record)
    (file,) = jobs.files(job_id)
    assert (file.origin, file.source_key, file.size_bytes) == (UPLOADED, f"ada/{job_id}/source/0.pdf", 7)
