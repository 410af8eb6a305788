"""GET /api/compress/jobs/{job_id}/report."""

import csv
from io import StringIO
from typing import Any

import pytest

from bulkpress_core.domain.jobs import JobId
from tests.unit.gateway.world import World, failed, kept
from upload_gateway import bulk_compression_service

PDF = b"%PDF-1.7 and so on, at some length"


@pytest.fixture
def job_id(world: World) -> JobId:
    """A job with one file of each kind."""
    job_id = world.accepted(("a.pdf", PDF * 9), ("a.pdf", PDF), ("c.pdf", PDF + b"3"), ("d.pdf", PDF + b"4"))
    world.end(job_id, world.done(b"%PDF"), kept, failed)
    return job_id


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline="")))


def report(world: World, job_id: JobId, query: str = "", **headers: str) -> Any:
    answer = world.get(f"/api/compress/jobs/{job_id}/report{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def test_json_tells_of_the_job_and_of_each_file_as_their_own_routes_do(world: World, job_id: JobId) -> None:
    told = report(world, job_id).json()
    job = world.get(f"/api/compress/jobs/{job_id}").json()
    assert told["files"] == job.pop("files")
    del job["queue"]
    assert told["job"] == job


def test_csv_has_a_row_for_each_file_also_for_those_that_have_not_ended(world: World, job_id: JobId) -> None:
    answer = report(world, job_id, "?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f"bulkpress-{job_id[:8]}.csv" in answer.headers["content-disposition"]
    told = rows(answer.text)
    assert [row["state"] for row in told] == ["done", "kept", "failed", "pending"]
    assert [row["entry"] for row in told] == ["a.pdf", "a (2).pdf", "", ""]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/csv, application/json;q=0.5", "text/csv; charset=utf-8"),
        ("text/csv;q=0.5, application/json", "application/json"),
        ("text/csv;q=0, */*", "application/json"),
        ("text/csv;q=x", "application/json"),
        ("text/html", "application/json"),
    ],
)
def test_without_a_format_accept_decides(world: World, job_id: JobId, accept: str, media_type: str) -> None:
    assert report(world, job_id, accept=accept).headers["content-type"] == media_type
    assert report(world, job_id, "?format=json", accept=accept).headers["content-type"] == "application/json"


def test_files_are_read_a_page_at_a_time(world: World, job_id: JobId, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_compression_service, "FILES_PER_PAGE", 3)
    assert len(report(world, job_id).json()["files"]) == 4
    assert world.jobs.pages == [3, 1]


def test_a_format_there_is_not_is_refused(world: World, job_id: JobId) -> None:
    assert world.get(f"/api/compress/jobs/{job_id}/report?format=xml").status_code == 422
