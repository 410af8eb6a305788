"""Memory in a running worker: what a file may take in its lane and in the heavy one, and when a process goes."""

from pathlib import Path

import psutil
import pytest
from pikepdf import Pdf

from bulkpress_core.domain.jobs import FileState, JobFile, JobId
from bulkpress_core.domain.lanes import Lane
from tests.support.pdf_factory import images, pages, pictures
from tests.support.services import WORKER, Service, System

MIB = 2**20
LITTLE, ENOUGH = str(256 * MIB), str(1024 * MIB)


@pytest.fixture(scope="module")
def large_pdf() -> bytes:
    """A photograph of 63 megapixels: its samples come to 189 MB, and pressing them takes some 400."""
    pdf = Pdf.new()
    picture = pictures.photo(900, 700).resize((9000, 7000))
    images.page_of(pdf, images.flate_image(pdf, picture), width_pt=2160, height_pt=1680)
    return pages.saved(pdf)


def ended(system: System, job_id: JobId) -> tuple[JobFile, JobFile]:
    """The two files of a job of the lane `compression`, when both have ended."""
    assert system.jobs.get(job_id).usual_lane is Lane.COMPRESSION
    system.wait_for_end(job_id)
    first, second = system.jobs.files(job_id)
    return first, second


def moves(worker: Service) -> list[str]:
    """The lines of its log that tell of files it gave back."""
    return [line for line in worker.log.read_text().splitlines() if '"file.given_back"' in line]


def pool(worker: Service) -> set[int]:
    """The ids of the processes of its pool."""
    return {process.pid for process in psutil.Process(worker.process.pid).children()}


def test_a_file_that_needs_more_memory_than_its_lane_gives_is_pressed_in_the_heavy_one(
    tmp_path: Path, redis_url: str, large_pdf: bytes
) -> None:
    limits = {"bulkpress_memory_limit_bytes": LITTLE, "bulkpress_heavy_memory_limit_bytes": ENOUGH}
    with System(tmp_path, redis_url, **limits) as system:
        worker = system.start(WORKER)
        large, small = ended(system, system.hand_in(large_pdf, pages.uncompressed_text()))
        assert worker.end() == 0
    assert (large.state, large.heavy, large.attempts, large.retries) == (FileState.DONE, True, 2, 0)
    assert (small.state, small.heavy, small.attempts) == (FileState.DONE, False, 1)
    (move,) = moves(worker)
    assert '"reason": "out_of_memory"' in move
    assert f'"into": "{Lane.HEAVY.value}"' in move


def test_a_file_that_needs_more_memory_than_the_heavy_lane_gives_is_moved_once_and_fails(
    tmp_path: Path, redis_url: str, large_pdf: bytes
) -> None:
    limits = {"bulkpress_memory_limit_bytes": LITTLE, "bulkpress_heavy_memory_limit_bytes": LITTLE}
    with System(tmp_path, redis_url, **limits) as system:
        worker = system.start(WORKER)
        large, small = ended(system, system.hand_in(large_pdf, pages.uncompressed_text()))
        assert worker.end() == 0
        assert system.leftovers() == []
    assert large.outcome
    assert (large.state, large.outcome.reason) == (FileState.FAILED, "out_of_memory")
    assert (large.heavy, large.attempts, large.retries) == (True, 2, 0)
    assert small.state is FileState.DONE
    assert len(moves(worker)) == 1


@pytest.mark.parametrize(
    ("bound_bytes", "stays"),
    [
        (64 * MIB, False),  # the least there may be: with its clients of Redis and of the store, any process has more
        (1024 * MIB, True),
    ],
)
def test_a_process_of_the_pool_is_replaced_when_it_has_grown_beyond_its_bound_and_not_before(
    tmp_path: Path, redis_url: str, bound_bytes: int, stays: bool
) -> None:
    with System(tmp_path, redis_url, bulkpress_child_memory_bytes=str(bound_bytes)) as system:
        worker = system.start([*WORKER, "--concurrency=1"], ready=" ready.")
        (first,) = pool(worker)
        job = system.wait_for_end(system.hand_in(*[pages.uncompressed_text()] * 2))
        assert job.totals.done == 2
        assert (first in pool(worker)) is stays
        assert worker.end() == 0
        assert worker.members() == []  # their sandboxes went with them
