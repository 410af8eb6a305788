"""GET /api/compress/jobs and /jobs/{job_id}/files: pages, filters, cursors, names."""

from datetime import timedelta
from typing import Any

import pytest

from bulkpress_core.domain.jobs import Job, JobId, TenantId, new_job_id
from tests.unit.gateway.world import NOW, World, failed, kept, problem
from upload_gateway import bulk_compression_service, reading

PDF = b"%PDF-1.7 and so on, at some length"


def listed(world: World, query: str = "") -> Any:
    answer = world.get(f"/api/compress/jobs{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(world: World, query: str = "") -> list[str]:
    return [job["job_id"] for job in listed(world, query)["jobs"]]


def accepted_in_turn(world: World, count: int) -> list[JobId]:
    """Jobs a second apart, the newest first."""
    found = []
    for second in range(count):
        world.time = NOW + timedelta(seconds=second)
        found.append(world.accepted(("a.pdf", PDF)))
    return found[::-1]


def all_ids(world: World, query: str) -> list[str]:
    page = listed(world, f"?{query}")
    found = [job["job_id"] for job in page["jobs"]]
    while page["next"]:
        page = listed(world, f"?{query}&cursor={page['next']}")
        found += [job["job_id"] for job in page["jobs"]]
    return found


def test_a_tenant_without_jobs_gets_an_empty_list(world: World) -> None:
    assert listed(world) == {"jobs": [], "next": None}


def test_jobs_are_listed_newest_first_without_their_files(world: World) -> None:
    jobs = accepted_in_turn(world, 3)
    told = listed(world)["jobs"]
    assert [job["job_id"] for job in told] == jobs
    one = world.get(f"/api/compress/jobs/{jobs[0]}").json()
    del one["files"], one["queue"]
    assert told[0] == one


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_together_hold_every_job_once(world: World, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "RECORDS_PER_LOOK", 2)
    jobs = accepted_in_turn(world, 7)
    assert all_ids(world, f"limit={limit}") == jobs


def test_a_job_that_comes_while_pages_are_turned_changes_no_later_page(world: World) -> None:
    jobs = accepted_in_turn(world, 4)
    cursor = listed(world, "?limit=2")["next"]
    world.time += timedelta(seconds=1)
    world.accepted(("new.pdf", PDF))
    assert ids(world, f"?limit=2&cursor={cursor}") == jobs[2:]


def test_jobs_are_filtered_by_state_failures_and_time(world: World) -> None:
    queued, broken, fine = accepted_in_turn(world, 3)
    world.end(fine, kept)
    world.end(broken, failed)
    assert ids(world, "?status=finished") == [broken, fine]
    assert ids(world, "?status=queued") == [queued]
    assert ids(world, "?has_failures=true") == [broken]
    assert ids(world, "?has_failures=false") == [queued, fine]
    assert ids(world, "?created_after=2100-01-01T12:00:01Z") == [queued, broken]
    assert ids(world, "?created_before=2100-01-01T13:00:01%2B01:00") == [broken, fine]
    assert ids(world, "?created_before=2100-01-01T12:00:01Z&has_failures=true") == [broken]


def test_a_filter_that_passes_little_makes_short_pages_and_no_long_request(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "RECORDS_PER_LOOK", 2)
    monkeypatch.setattr(reading, "RECORDS_PER_PAGE", 4)
    jobs = accepted_in_turn(world, 7)
    world.end(jobs[-1], failed)
    page = listed(world, "?has_failures=true")
    assert (page["jobs"], page["next"] is None) == ([], False)
    assert all_ids(world, "has_failures=true") == [jobs[-1]]


def test_another_tenants_jobs_are_not_listed(world: World) -> None:
    (mine,) = accepted_in_turn(world, 1)
    world.jobs.create(
        Job(new_job_id(), TenantId("somebody"), created_at=NOW, expires_at=NOW + timedelta(hours=1)),
    )
    assert ids(world) == [mine]


def test_deleted_jobs_are_listed_no_more(world: World) -> None:
    gone, left = accepted_in_turn(world, 2)
    world.request("DELETE", f"/api/compress/jobs/{gone}")
    assert ids(world) == [left]


@pytest.mark.parametrize("cursor", ["x", "ZjE", "ajEyMzo", "Zm9v", "é", "a" * 199, "====", "ajE6Li4"])
def test_a_cursor_that_is_none_is_refused(world: World, cursor: str) -> None:
    problem(world.get("/api/compress/jobs", params={"cursor": cursor}), 422, "invalid_request")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "status=lost",
        "created_after=2100-01-01T12:00:01",
        "created_before=soon",
        "created_after=46658",
    ],
)
def test_a_filter_that_cannot_be_is_refused_by_name(world: World, query: str) -> None:
    told = problem(world.get(f"/api/compress/jobs?{query}"), 422, "invalid_request")
    assert told["errors"][0]["field"] == query.partition("=")[0]


class TestFiles:
    def test_pages_together_hold_every_file_once(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bulk_compression_service, "FILES_PER_PAGE", 3)
        job_id = world.accepted(*[("x.pdf", PDF)] * 7)
        path = f"/api/compress/jobs/{job_id}/files?limit=2"
        page = world.get(path).json()
        found = page["files"]
        while page["next"]:
            page = world.get(f"{path}&cursor={page['next']}").json()
            found += page["files"]
        assert [file["number"] for file in found] == list(range(7))

    def test_files_are_filtered_by_state_and_reason(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF + b"2"), ("c.pdf", PDF + b"3"), ("d.pdf", PDF + b"4"))
        world.end(job_id, failed, kept, failed)

        def numbers(query: str) -> list[int]:
            page = world.get(f"/api/compress/jobs/{job_id}/files?{query}").json()
            return [file["number"] for file in page["files"]]

        assert numbers("state=failed") == [0, 2]
        assert numbers("reason=already_small") == [1]
        assert numbers("state=pending") == [3]
        assert numbers("state=kept&reason=not_a_pdf") == []

    def test_one_file_is_shown_as_in_the_job(self, world: World) -> None:
        job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF + b"2"))
        world.end(job_id, failed, kept)
        shown = world.get(f"/api/compress/jobs/{job_id}").json()["files"]
        assert [world.get(f"/api/compress/jobs/{job_id}/files/{number}").json() for number in (0, 1)] == shown

    @pytest.mark.parametrize("number", ["2", "99999999999"])
    def test_a_number_that_no_file_has_is_not_found(self, world: World, number: str) -> None:
        job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF))
        problem(world.get(f"/api/compress/jobs/{job_id}/files/{number}"), 404, "file_not_found")

    def test_files_of_no_job_are_not_found(self, world: World) -> None:
        for path in ("files", "files/0", "report"):
            problem(world.get(f"/api/compress/jobs/{'0' * 32}/{path}"), 404, "job_not_found")


class TestWhatAJobTells:
    def test_how_long_it_is_kept_by_the_servers_clock(self, world: World) -> None:
        job_id = world.accepted(("a.pdf", PDF))
        world.time += timedelta(hours=23, seconds=1)
        assert world.get(f"/api/compress/jobs/{job_id}").json()["expires_in_s"] == 3599

    def test_the_host_of_its_webhook_and_no_more_of_it(self, world: World) -> None:
        answer = world.upload([("a.pdf", PDF)], webhook_url="https://hooks.example:8443/path?token=secret")
        told = world.get(f"/api/compress/jobs/{answer.json()['job_id']}")
        assert told.json()["webhook_host"] == "hooks.example"
        assert "secret" not in told.text

    def test_files_of_a_job_that_keeps_no_names_are_called_by_their_numbers(self, world: World) -> None:
        answer = world.upload([("secret.pdf", PDF), ("other.pdf", PDF + b"2")], keep_names="false")
        job_id = JobId(answer.json()["job_id"])
        world.end(job_id, kept, failed)
        job = world.get(f"/api/compress/jobs/{job_id}")
        assert job.json()["keep_names"] is False
        for told in (
            job,
            world.get(f"/api/compress/jobs/{job_id}/files"),
            world.get(f"/api/compress/jobs/{job_id}/report"),
            world.get(f"/api/compress/jobs/{job_id}/report?format=csv"),
            world.get(f"/api/compress/download/{job_id}"),
        ):
            assert "secret" not in told.text
            assert "0000.pdf" in told.text

    def test_a_single_result_of_a_job_that_keeps_no_names_is_saved_under_its_number(self, world: World) -> None:
        job_id = JobId(world.upload([("secret.pdf", PDF)], keep_names="false").json()["job_id"])
        world.end(job_id, kept)
        saved_as = world.get(f"/api/compress/download/{job_id}").headers["content-disposition"]
        assert 'filename="0000.pdf"' in saved_as
