"""Orders about a job over HTTP: cancel, retry, delete."""

import pytest

from bulkpress_core.domain.errors import BulkpressError
from bulkpress_core.domain.jobs import JobId
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.options import JobOptions
from tests.unit.gateway.world import LEASE, NOW, TENANT, World, failed, kept, problem

PDF = b"%PDF-1.7 and so on"


def post(world: World, job_id: JobId, order: str) -> dict[str, object]:
    answer = world.request("POST", f"/api/compress/jobs/{job_id}/{order}")
    assert answer.status_code in {200, 202}, answer.text
    told: dict[str, object] = answer.json()
    return told


def three_files(world: World) -> JobId:
    return world.accepted(("a.pdf", PDF), ("b.pdf", PDF + b"2"), ("c.pdf", PDF + b"3"))


class TestCancel:
    def test_it_ends_the_job_and_keeps_what_is_done(self, world: World) -> None:
        job_id = three_files(world)
        world.end(job_id, world.done(b"%PDF"))
        told = post(world, job_id, "cancel")
        counts = ("status", "done_count", "cancelled_count", "progress")
        assert [told[name] for name in counts] == ["finished", 1, 2, 100.0]
        answer = world.get(f"/api/compress/download/{job_id}")
        assert answer.status_code == 200

    def test_twice_is_no_error(self, world: World) -> None:
        job_id = three_files(world)
        assert post(world, job_id, "cancel") == post(world, job_id, "cancel")

    def test_a_job_of_which_nothing_is_done_has_nothing_to_download(self, world: World) -> None:
        job_id = three_files(world)
        post(world, job_id, "cancel")
        problem(world.get(f"/api/compress/download/{job_id}"), 409, "no_results")


class TestRetry:
    def test_failed_files_wait_again_and_are_rung_for(self, world: World) -> None:
        job_id = three_files(world)
        world.end(job_id, kept, failed, failed)
        told = post(world, job_id, "retry")
        assert (told["status"], told["kept_count"], told["failed_count"]) == ("running", 1, 0)
        assert world.queue.bells[Lane.COMPRESSION] == 2

    def test_with_the_broker_away_it_is_taken_all_the_same(self, world: World) -> None:
        job_id = three_files(world)
        world.end(job_id, kept, kept, failed)
        world.queue.reachable = False
        assert post(world, job_id, "retry")["status"] == "running"
        assert world.jobs.pending(Lane.COMPRESSION) == 1

    def test_a_cancelled_job_is_refused(self, world: World) -> None:
        job_id = three_files(world)
        post(world, job_id, "cancel")
        problem(world.request("POST", f"/api/compress/jobs/{job_id}/retry"), 409, "job_cancelled")


class TestDelete:
    def test_nothing_is_left_but_the_receipt(self, world: World) -> None:
        job_id = three_files(world)
        world.end(job_id, world.done(b"%PDF"))
        answer = world.request("DELETE", f"/api/compress/jobs/{job_id}")
        receipt = answer.json()
        assert (answer.status_code, receipt["job_id"], receipt["files"], receipt["objects"]) == (200, job_id, 3, 4)
        assert world.stored() == []
        problem(world.get(f"/api/compress/jobs/{job_id}"), 404, "job_not_found")
        problem(world.request("DELETE", f"/api/compress/jobs/{job_id}"), 404, "job_not_found")
        assert world.get("/api/compress/deletions").json() == [receipt]

    def test_who_presses_a_file_of_it_has_lost_it(self, world: World) -> None:
        job_id = three_files(world)
        world.jobs.open(job_id, Lane.COMPRESSION, now=NOW)
        world.jobs.claim(Lane.COMPRESSION, now=NOW, lease=LEASE)
        world.request("DELETE", f"/api/compress/jobs/{job_id}")
        assert (world.jobs.pending(Lane.COMPRESSION), world.jobs.running(Lane.COMPRESSION)) == (0, 0)

    def test_an_upload_under_way_is_refused_and_leaves_nothing(self, world: World) -> None:
        intake = world.service.open_intake("default")
        intake.begin("a.pdf")
        intake.write(PDF)
        world.service.delete(TENANT, intake.job.id)

        def hand_in() -> None:
            intake.end()
            world.service.hand_in(intake, JobOptions())

        with pytest.raises(BulkpressError):  # the object store or the job store is the first to tell
            hand_in()
        intake.discard()  # as the route does after any error
        assert world.stored() == []
