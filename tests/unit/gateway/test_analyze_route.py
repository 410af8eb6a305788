"""POST /api/compress/analyze and GET /api/compress/analyses/{id}: what they take, answer and refuse."""

from typing import Any

import httpx
import pytest

from bulkpress_core.domain.jobs import Claim, FileState, JobId, Outcome, Purpose
from bulkpress_core.domain.lanes import Lane
from tests.unit.gateway.world import LEASE, NOW, World, problem

PDF = b"%PDF-1.7 " + b"x" * 991
AUDIT = {
    "bytes_in": 1000,
    "pages": 3,
    "composition": {"images_jpeg": 500, "images_ccitt": 100, "fonts": 250, "structure": 100, "news": 50},
    "estimates": {"low": 900, "medium": 500, "high": 250},
    "kept": None,
    "seconds": 0.5,
}


def analyze(world: World, content: bytes = PDF, fields: dict[str, str] | None = None) -> httpx.Response:
    files = [("file", ("a.pdf", content))]
    return world.request("POST", "/api/compress/analyze", files=files, data=fields)


def accepted(world: World) -> JobId:
    answer = analyze(world)
    assert answer.status_code == 202, answer.text
    return JobId(answer.json()["analysis_id"])


def claimed(world: World, job_id: JobId) -> Claim:
    world.jobs.open(job_id, Lane.EXPRESS, now=NOW)
    claim = world.jobs.claim(Lane.EXPRESS, now=NOW, lease=LEASE)
    assert claim
    return claim


def settle(world: World, job_id: JobId, outcome: Outcome) -> None:
    world.jobs.settle(claimed(world, job_id), outcome, now=NOW)


def test_while_it_waits_the_answer_says_where_to_ask(world: World) -> None:
    answer = analyze(world, fields={"password": "x"})
    told = answer.json()
    path = f"/api/compress/analyses/{told['analysis_id']}"
    assert (answer.status_code, told) == (202, {"analysis_id": told["analysis_id"], "status": "queued", "link": path})
    assert answer.headers["location"] == path
    assert int(answer.headers["retry-after"]) > 0
    again = world.get(path)
    assert (again.status_code, again.json()) == (202, told)


def test_the_job_behind_it_is_an_express_job_with_what_was_asked(world: World) -> None:
    job_id = JobId(analyze(world, fields={"password": "secret", "on_signed": "compress"}).json()["analysis_id"])
    assert world.queue.announced == [job_id]
    job = world.jobs.get(job_id)
    assert (job.purpose, job.usual_lane, job.settings.sealed_password) == (Purpose.ANALYZE, Lane.EXPRESS, "terces")
    assert (job.expires_at - NOW).total_seconds() == 3600
    assert claimed(world, job_id).purpose is Purpose.ANALYZE


def test_the_audit_says_what_fills_the_file_and_what_each_level_would_save(world: World) -> None:
    job_id = accepted(world)
    settle(world, job_id, Outcome(FileState.DONE, "analyzed", audit=AUDIT))
    answer = world.get(f"/api/compress/analyses/{job_id}")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["analysis_id"], told["name"], told["size_bytes"], told["pages"]) == (job_id, "a.pdf", 1000, 3)
    parts: dict[str, Any] = told["composition"]
    assert parts.pop("images_by_coding") == {"jpeg": 500, "ccitt": 100}
    assert sum(parts.values()) == 1000
    assert (parts["images"], parts["fonts"], parts["structure"], parts["other"]) == (600, 250, 100, 50)
    assert told["estimates"]["high"] == {"size_bytes": 250, "saved_percent": 75.0}
    assert told["kept_reason"] is None


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [
        ("encrypted_pdf", 422, "encrypted_pdf"),
        ("damaged_pdf", 422, "damaged_pdf"),
        ("infected", 422, "infected"),
        ("engine_crash", 422, "engine_crash"),
        ("scan_failed", 503, "analysis_postponed"),
        ("store_unavailable", 503, "analysis_postponed"),
        ("internal_error", 500, "analysis_failed"),
    ],
)
def test_why_there_is_no_audit_is_told_as_a_problem(world: World, reason: str, status: int, code: str) -> None:
    job_id = accepted(world)
    settle(world, job_id, Outcome(FileState.FAILED, reason, "So it is."))
    told = problem(world.get(f"/api/compress/analyses/{job_id}"), status, code)
    assert (told["detail"] == "So it is.") == (status == 422)


@pytest.mark.parametrize(("content", "status", "code"), [(b"GIF89a", 415, "not_a_pdf"), (b"", 415, "empty_file")])
def test_what_is_no_pdf_is_refused_and_nothing_of_it_is_left(
    world: World, content: bytes, status: int, code: str
) -> None:
    problem(analyze(world, content), status, code)
    assert (world.stored(), world.recorded(), world.queue.announced) == ([], [], [])


def test_a_file_that_is_too_large_is_refused_and_nothing_of_it_is_left(world: World) -> None:
    problem(analyze(world, PDF + bytes(2_000_000)), 413, "file_too_large")
    assert (world.stored(), world.recorded()) == ([], [])


def test_two_files_are_refused(world: World) -> None:
    files = [("file", ("a.pdf", PDF)), ("file", ("b.pdf", PDF))]
    problem(world.request("POST", "/api/compress/analyze", files=files), 413, "too_many_files")
    assert (world.stored(), world.recorded()) == ([], [])


@pytest.mark.parametrize("name", ["image_quality", "webhook_url", "expires_in", "file_settings", "compression_level"])
def test_options_that_mean_nothing_here_are_refused(world: World, name: str) -> None:
    told = problem(analyze(world, fields={name: "60"}), 422, "unknown_field")
    assert "file, grayscale" in told["detail"]


def test_what_is_no_form_is_refused(world: World) -> None:
    problem(world.request("POST", "/api/compress/analyze", json={}), 415, "not_multipart")


def test_an_analysis_is_no_job_and_a_job_no_analysis(world: World) -> None:
    analysis, job = accepted(world), world.accepted(("a.pdf", PDF))
    problem(world.get(f"/api/compress/analyses/{job}"), 404, "job_not_found")
    for path in ("jobs/{}", "jobs/{}/files", "jobs/{}/events", "jobs/{}/report", "download/{}"):
        problem(world.get(f"/api/compress/{path.format(analysis)}"), 404, "job_not_found")
    problem(world.request("DELETE", f"/api/compress/jobs/{analysis}"), 404, "job_not_found")
    listed = world.get("/api/compress/jobs").json()["jobs"]
    assert [one["job_id"] for one in listed] == [job]


def test_the_audit_log_names_the_analysis(world: World) -> None:
    job_id = accepted(world)
    (entry,) = world.get("/api/compress/audit").json()["actions"]
    assert (entry["operation"], entry["job_id"]) == ("analyze_file", job_id)
