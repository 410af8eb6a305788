"""POST /api/compress/bulk with JSON: files named by their addresses, checked and recorded, fetched by nobody here."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from bulkpress_core.domain.compression import CompressionLevel
from bulkpress_core.domain.errors import StateUnavailableError
from bulkpress_core.domain.jobs import FileState, JobId, JobState
from bulkpress_core.domain.origins import WebAddress
from tests.unit.gateway.world import LIMITS, World, problem
from upload_gateway.json_bodies import MAX_BODY_BYTES
from upload_gateway.remote_jobs import MAX_NAME_CHARS

URL = "https://files.example/2024/May%20a.pdf"
SECRET = "X-Amz-Signature=0123abcd"


def sent(world: World, body: Any) -> httpx.Response:
    """The answer to a JSON body."""
    return world.request("POST", "/api/compress/bulk", json=body)


def accepted(world: World, *files: dict[str, Any], **options: Any) -> JobId:
    """The id of a job of these files."""
    answer = sent(world, {"files": list(files), **options})
    assert answer.status_code == 202, answer.text
    return JobId(answer.json()["job_id"])


def test_a_job_is_accepted_and_announced_before_anything_is_fetched(world: World) -> None:
    job_id = accepted(world, {"url": URL}, {"url": "http://other.example:8080/b?x=1", "name": "in/b.pdf"})
    assert world.queue.announced == [job_id]
    job, files = world.jobs.get(job_id), world.jobs.files(job_id)
    assert (job.state, job.totals.files) == (JobState.QUEUED, 2)
    assert [(file.name, file.size_bytes, file.is_unseen) for file in files] == [
        ("May a.pdf", 0, True),
        ("in/b.pdf", 0, True),
    ]
    assert [file.state for file in files] == [FileState.PENDING, FileState.PENDING]
    assert all(file.cost > 0 for file in files)
    assert world.stored() == []


def test_options_are_the_jobs_and_the_files(world: World) -> None:
    job_id = accepted(
        world, {"url": URL, "image_quality": 40, "grayscale": True}, {"url": URL}, compression_level="high"
    )
    assert world.jobs.get(job_id).settings.level is CompressionLevel.HIGH
    assert [dict(file.asked) for file in world.jobs.files(job_id)] == [{"image_quality": 40, "grayscale": True}, {}]


def test_an_address_is_kept_sealed_and_shown_without_its_query(world: World) -> None:
    job_id = accepted(world, {"url": f"{URL}?{SECRET}"})
    (file,) = world.jobs.files(job_id)
    assert file.origin == WebAddress(f"{URL}?{SECRET}"[::-1], URL, is_sealed=True)  # `World` seals by reversing
    records: list[Any] = [world.client.hgetall(key) for key in world.client.scan_iter("*:file:*")]
    assert records
    assert SECRET not in str(records)
    for path in (f"jobs/{job_id}", f"jobs/{job_id}/files", f"jobs/{job_id}/report"):
        answer = world.get(f"/api/compress/{path}", headers={"accept": "application/json"})
        assert answer.status_code == 200
        assert SECRET not in answer.text
    (told,) = world.get(f"/api/compress/jobs/{job_id}").json()["files"]
    assert (told["source"], told["size_bytes"], told["name"]) == (URL, None, "May a.pdf")


def test_without_a_secret_an_address_is_kept_as_it_is(world: World) -> None:
    world.service._seal = None
    job_id = accepted(world, {"url": URL})
    assert world.jobs.files(job_id)[0].origin == WebAddress(URL, URL, is_sealed=False)


def test_a_file_that_was_sent_has_no_source_to_show(world: World) -> None:
    job_id = world.accepted(("a.pdf", b"%PDF-1.7"))
    (told,) = world.get(f"/api/compress/jobs/{job_id}").json()["files"]
    assert (told["source"], told["size_bytes"]) == (None, 8)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.example", "file-1.pdf"),
        ("https://a.example/", "file-1.pdf"),
        ("https://a.example?x=/b.pdf", "file-1.pdf"),
        ("https://a.example/%2e%2e%2fetc%2fpasswd", "passwd"),
        ("https://a.example/%E4%BD%A0.pdf", "\u4f60.pdf"),
        ("https://a.example/x%00y.pdf", "xy.pdf"),
    ],
)
def test_a_file_without_a_name_is_called_as_its_address_ends(world: World, url: str, name: str) -> None:
    assert world.jobs.files(accepted(world, {"url": url}))[0].name == name


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/a.pdf",
        "file:///etc/passwd",
        "s3://bucket/key",
        "https://",
        "https:///a.pdf",
        "//a.example/a.pdf",
        "https://user:password@a.example/a.pdf",
        "https://a.example/a.pdf#page=2",
        "https://a.example:22/a.pdf",
        "https://a.example:65536/a.pdf",
        "https://a.example:/a.pdf",
        "https://[::1]/a.pdf",
        "https://a.example/a b.pdf",
        "https://a.example/\u00e4.pdf",
        "https://a.example/a.pdf\r\nX: y",
        "https://a.example/" + "a" * 5000,
        "",
        None,
        7,
        ["https://a.example/a.pdf"],
    ],
)
def test_what_is_no_address_is_refused_and_the_entry_named(world: World, url: object) -> None:
    told = problem(sent(world, {"files": [{"url": URL}, {"url": url}]}), 422, "invalid_source")
    assert "files[1].url" in told["detail"]
    assert world.recorded() == []


@pytest.mark.parametrize("port", [80, 443, 1024, 8443, 9999, 10000, 65535])
def test_ports_of_the_web_and_free_ones_are_taken(world: World, port: int) -> None:
    accepted(world, {"url": f"https://a.example:{port}/a.pdf"})


@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        ({}, "invalid_source", "files"),
        ({"files": URL}, "invalid_source", "files"),
        ({"files": [URL]}, "invalid_source", "files[0]"),
        ({"files": []}, "no_files", "files"),
        ({"files": [{"url": URL, "name": 7}]}, "invalid_source", "files[0].name"),
        ({"files": [{"url": URL, "name": "x" * (MAX_NAME_CHARS + 1)}]}, "invalid_source", "files[0].name"),
        ({"files": [{"url": URL, "size": 7}]}, "invalid_setting", "files[0]"),
        ({"files": [{"url": URL, "image_quality": "40"}]}, "invalid_setting", "files[0]: image_quality"),
        ({"files": [{"url": URL, "image_quality": True}]}, "invalid_setting", "files[0]: image_quality"),
        ({"files": [{"url": URL, "grayscale": "true"}]}, "invalid_setting", "files[0]: grayscale"),
        ({"files": [{"url": URL, "grayscale": None}]}, "invalid_setting", "files[0]: grayscale"),
        ({"files": [{"url": URL, "pdfa": ""}]}, "invalid_setting", "files[0]: pdfa"),
        ({"files": [{"url": URL, "target_size": "1MB", "image_quality": 4}]}, "invalid_setting", "files[0]"),
        ({"files": [{"url": URL, "expires_in": 60}]}, "invalid_setting", "files[0]"),
        ({"files": [{"url": URL}], "image_quality": 400}, "invalid_setting", "image_quality"),
        ({"files": [{"url": URL}], "keep_names": 1}, "invalid_setting", "keep_names"),
        ({"files": [{"url": URL}], "frobnicate": 1}, "invalid_setting", "frobnicate"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(world: World, body: Any, code: str, named: str) -> None:
    assert named in problem(sent(world, body), 422, code)["detail"]
    assert world.recorded() == []


def test_more_files_than_a_job_may_hold_are_refused(world: World) -> None:
    files = [{"url": URL}] * (LIMITS.max_files + 1)
    problem(sent(world, {"files": files}), 413, "too_many_files")
    assert world.recorded() == []


def test_many_files_are_recorded_in_batches(tmp_path: Path, redis_client: redis.Redis) -> None:
    world = World(tmp_path, redis_client, replace(LIMITS, max_files=2000))
    accepted(world, *[{"url": URL}] * 1200)
    assert world.jobs.batches == [500, 500, 200]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"files"', b"\xff", b"[" * 100_000, b'{"files": NaN'])
def test_a_body_that_is_no_json_object_is_malformed(world: World, body: bytes) -> None:
    answer = world.upload_raw(body, {"Content-Type": "application/json"})
    problem(answer, 400, "malformed_json")


@pytest.mark.parametrize(
    "body",
    [
        '{"files": [{"url": "https://a.example/x"}], "files": []}',
        '{"files": [{"url": "https://a.example/x", "url": "https://b.example/x"}]}',
        '{"files": [{"url": "https://a.example/x"}], "expires_in": NaN}',
        '{"files": [{"url": "https://a.example/x", "name": "\\ud83d.pdf"}]}',
        '{"files": [{"url": "https://a.example/x"}], "password": "\\uDE00"}',
        '{"source": {"prefix": "s3://archive/\\ud800/"}}',
        '{"files": [], "\\ud800": 1}',
        '{"files": [{"url": "https://a.example/x", "name": "\ud83d.pdf"}]}',
    ],
)
def test_what_programs_read_in_different_ways_is_refused(world: World, body: str) -> None:
    answer = world.upload_raw(body.encode(errors="surrogatepass"), {"Content-Type": "application/json"})
    problem(answer, 400, "malformed_json")
    assert world.recorded() == []


def test_a_body_in_another_encoding_is_refused(world: World) -> None:
    body = '{"files": [{"url": "https://a.example/x"}]}'
    problem(world.upload_raw(body.encode("utf-16"), {"Content-Type": "application/json"}), 400, "malformed_json")


def test_a_character_may_come_as_a_pair_of_escapes_and_behind_a_byte_order_mark(world: World) -> None:
    body = '\ufeff{"files": [{"url": "https://a.example/x", "name": "\\ud83d\\ude42 \\\\ud83d.pdf"}]}'
    answer = world.upload_raw(body.encode(), {"Content-Type": "application/json"})
    assert answer.status_code == 202
    assert world.jobs.files(JobId(answer.json()["job_id"]))[0].name == "\U0001f642/ud83d.pdf"


def test_parameters_of_the_content_type_make_no_difference(world: World) -> None:
    body = json.dumps({"files": [{"url": URL}]}).encode()
    assert world.upload_raw(body, {"Content-Type": "Application/JSON; charset=utf-8"}).status_code == 202


@pytest.mark.parametrize("piece", [0, 2**20])  # with its length told beforehand, and without
def test_a_body_without_bound_is_refused(world: World, piece: int) -> None:
    answer = world.upload_raw(b" " * (MAX_BODY_BYTES + 1), {"Content-Type": "application/json"}, piece)
    problem(answer, 413, "body_too_large")


def test_a_job_that_cannot_be_recorded_whole_is_not_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_file: object, **_how: object) -> None:
        raise StateUnavailableError

    monkeypatch.setattr(world.jobs, "add_files", unreachable)
    problem(sent(world, {"files": [{"url": URL}] * 2}), 503, "state_unavailable")
    assert world.recorded() == []


def test_a_job_that_is_named_twice_under_one_key_is_one_job(world: World) -> None:
    def answer() -> httpx.Response:
        body = {"files": [{"url": URL}]}
        return world.request("POST", "/api/compress/bulk", json=body, headers={"Idempotency-Key": "once"})

    first, second = answer(), answer()
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["job_id"] == second.json()["job_id"]
    assert len(world.recorded()) == 1
