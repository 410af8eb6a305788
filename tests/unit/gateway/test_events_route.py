"""GET /api/compress/jobs/{job_id}/events, of jobs whose streams end by themselves."""

import json
from typing import Any

import httpx
import pytest

from bulkpress_core.domain.jobs import JobId
from tests.unit.gateway.world import World, failed, kept, problem

PDF = b"%PDF-1.7 and so on, at some length"


@pytest.fixture
def job_id(world: World) -> JobId:
    """A finished job."""
    job_id = world.accepted(("a.pdf", PDF * 9), ("b.pdf", PDF), ("c.pdf", PDF + b"3"))
    world.end(job_id, world.done(b"%PDF"), kept, failed)
    return job_id


def follow(world: World, job_id: str, query: str = "", **headers: str) -> httpx.Response:
    return world.get(f"/api/compress/jobs/{job_id}/events{query}", headers=headers)


def events(answer: httpx.Response) -> list[tuple[str, Any]]:
    assert answer.status_code == 200, answer.text
    frames = [frame.split("\n") for frame in answer.text.split("\n\n") if "event: " in frame]
    found = [{name: value for name, _, value in (line.partition(": ") for line in frame)} for frame in frames]
    return [(one["id"] + " " + one["event"], json.loads(one["data"])) for one in found]


def test_a_finished_job_is_told_from_its_beginning(world: World, job_id: JobId) -> None:
    answer = follow(world, job_id)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    told = events(answer)
    assert [name for name, _ in told] == [
        "1 job.opened",
        "2 file.done",
        "3 file.kept",
        "4 file.failed",
        "5 job.finished",
    ]
    files = world.get(f"/api/compress/jobs/{job_id}").json()["files"]
    assert [data for _, data in told[1:4]] == [{"job_id": job_id, **file} for file in files]
    last = told[4][1]
    assert (last["status"], last["completed_count"], last["failed_count"]) == ("finished", 3, 1)


@pytest.mark.parametrize("after", [1, 3, 4])
def test_it_goes_on_after_the_last_event_that_arrived(world: World, job_id: JobId, after: int) -> None:
    rest = events(follow(world, job_id))[after:]
    assert events(follow(world, job_id, **{"Last-Event-ID": str(after)})) == rest
    assert events(follow(world, job_id, f"?last_event_id={after}")) == rest
    assert events(follow(world, job_id, "?last_event_id=2", **{"Last-Event-ID": str(after)})) == rest


@pytest.mark.parametrize("after", ["5", "6", "999999999"])
def test_whoever_has_been_told_all_is_asked_not_to_come_back(world: World, job_id: JobId, after: str) -> None:
    answer = follow(world, job_id, **{"Last-Event-ID": after})
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "²", "9" * 40])
def test_an_id_that_is_none_of_ours_begins_at_the_beginning(world: World, job_id: JobId, after: str) -> None:
    assert len(events(world.get(f"/api/compress/jobs/{job_id}/events", params={"last_event_id": after}))) == 5


def test_files_of_a_job_that_keeps_no_names_are_told_by_number(world: World) -> None:
    job_id = JobId(world.upload([("secret.pdf", PDF)], keep_names="false").json()["job_id"])
    world.end(job_id, kept)
    answer = follow(world, job_id)
    assert "secret" not in answer.text
    assert events(answer)[1][1]["name"] == "0000.pdf"


def test_there_are_no_events_of_no_job(world: World) -> None:
    problem(follow(world, "0" * 32), 404, "job_not_found")


def test_a_job_store_out_of_reach_answers_503(world: World, job_id: JobId, monkeypatch: pytest.MonkeyPatch) -> None:
    world.jobs.reachable = False
    problem(follow(world, job_id), 503, "state_unavailable")
