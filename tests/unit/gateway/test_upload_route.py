"""POST /api/compress/bulk: what it takes, what it refuses, and what it leaves behind."""

import gzip
import json
from dataclasses import replace

import anyio
import pytest
from starlette.types import Message

from bulkpress_core.domain.compression import CompressionLevel, CompressionSettings
from bulkpress_core.domain.jobs import FileState, JobId, JobState
from tests.unit.gateway.world import (
    BOUNDARY,
    LIMITS,
    MULTIPART,
    World,
    body,
    field_part,
    file_part,
    in_pieces,
    part,
    problem,
)

PDF = b"%PDF-1.7 and so on"


def test_an_upload_is_answered_with_ids_links_and_location(world: World) -> None:
    answer = world.upload([("a.pdf", PDF), ("b.pdf", PDF)], compression_level="high", image_quality="40")
    assert answer.status_code == 202
    told = answer.json()
    job = world.jobs.get(told["job_id"])
    assert told == {
        "job_id": job.id,
        "task_id": job.task_id,
        "status": "queued",
        "file_count": 2,
        "links": {
            "self": f"/api/compress/jobs/{job.id}",
            "files": f"/api/compress/jobs/{job.id}/files",
            "uploads": f"/api/compress/jobs/{job.id}/uploads",
            "events": f"/api/compress/jobs/{job.id}/events",
            "report": f"/api/compress/jobs/{job.id}/report",
            "download": f"/api/compress/download/{job.id}",
        },
    }
    assert answer.headers["location"] == told["links"]["self"]
    assert job.settings == CompressionSettings(CompressionLevel.HIGH, 40)
    assert world.queue.announced == [job.id]


def test_files_are_stored_byte_for_byte_in_the_order_sent(world: World) -> None:
    odd = [b"", b"\r\n", b"--frontier", b"\r\n--frontie" * 500, bytes(range(256)) * 3000]
    contents = [PDF + piece for piece in odd]
    job_id = world.accepted(*((f"{number}.pdf", content) for number, content in enumerate(contents)))
    files = world.jobs.files(job_id)
    assert [file.name for file in files] == ["0.pdf", "1.pdf", "2.pdf", "3.pdf", "4.pdf"]
    assert [b"".join(world.objects.read(file.source_key)) for file in files] == contents


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64])
def test_it_does_not_matter_how_the_network_cuts_the_body(world: World, piece: int) -> None:
    content = b"\r\n--frontier-\r\n--frontie\r\r\n--" + PDF
    sent = body(field_part("compression_level", "low"), file_part("a.pdf", content), file_part("b.pdf", PDF))
    answer = world.upload_raw(sent, piece=piece)
    assert answer.status_code == 202, answer.text
    files = world.jobs.files(JobId(answer.json()["job_id"]))
    assert [b"".join(world.objects.read(file.source_key)) for file in files] == [content, PDF]


@pytest.mark.parametrize("field", ["files", "files[]", "file"])
def test_the_file_field_goes_by_the_names_that_forms_give_it(world: World, field: str) -> None:
    assert world.upload_raw(body(file_part("a.pdf", PDF, field))).status_code == 202


def test_settings_count_before_and_after_the_files(world: World) -> None:
    sent = body(field_part("image_quality", "40"), file_part("a.pdf", PDF), field_part("compression_level", "high"))
    job = world.jobs.get(JobId(world.upload_raw(sent).json()["job_id"]))
    assert job.settings == CompressionSettings(CompressionLevel.HIGH, 40)


def test_empty_settings_as_html_forms_send_them_count_as_not_sent(world: World) -> None:
    sent = body(file_part("a.pdf", PDF), field_part("image_quality", ""), field_part("compression_level", ""))
    job = world.jobs.get(JobId(world.upload_raw(sent).json()["job_id"]))
    assert job.settings == CompressionSettings()


@pytest.mark.parametrize(
    ("disposition", "shown"),
    [
        ('filename="Grüße 日本.pdf"', "Grüße 日本.pdf"),
        ('filename="C:\\Users\\me\\y.pdf"', "y.pdf"),
        ('filename="../../etc/y.pdf"', "y.pdf"),
        ('filename="2024/Mai/Grüße.pdf"', "2024/Mai/Grüße.pdf"),
        ('filename="semi;colon.pdf"', "semi;colon.pdf"),
        ('filename="quote\\"d.pdf"', 'quote"d.pdf'),
        ("filename=bare.pdf", "bare.pdf"),
        ("filename*=UTF-8''gr%C3%BCn.pdf", "grün.pdf"),
        ("filename=plain.pdf; filename*=UTF-8''extended.pdf", "plain.pdf"),
        ("x=y", "file-1.pdf"),
    ],
)
def test_names_are_kept_as_sent_but_for_roots(world: World, disposition: str, shown: str) -> None:
    sent = body(part(f'Content-Disposition: form-data; name="files"; {disposition}', PDF))
    job_id = JobId(world.upload_raw(sent).json()["job_id"])
    (file,) = world.jobs.files(job_id)
    assert file.name == shown
    assert world.stored() == [f"default/{job_id}/source/0.pdf"]


def test_a_name_that_is_not_utf_8_is_read_as_latin_1(world: World) -> None:
    head = 'Content-Disposition: form-data; name="files"; filename="grün.pdf"'.encode("latin-1")
    sent = f"--{BOUNDARY}\r\n".encode() + head + b"\r\n\r\nx\r\n" + body()
    (file,) = world.jobs.files(JobId(world.upload_raw(sent).json()["job_id"]))
    assert file.name == "grün.pdf"


def test_a_form_whose_second_file_field_was_left_empty_sends_one_file(world: World) -> None:
    answer = world.upload_raw(body(file_part("a.pdf", PDF), file_part("", b"")))
    assert answer.json()["file_count"] == 1


def test_what_is_no_pdf_is_the_files_fault_and_not_the_requests(world: World) -> None:
    job_id = world.accepted(("empty.pdf", b""), ("a.pdf", PDF), ("notes.txt", b"hello" * 100_000))
    job, files = world.jobs.get(job_id), world.jobs.files(job_id)
    assert [(file.state, file.outcome and file.outcome.reason) for file in files] == [
        (FileState.FAILED, "empty_file"),
        (FileState.PENDING, None),
        (FileState.FAILED, "not_a_pdf"),
    ]
    assert [file.size_bytes for file in files] == [0, len(PDF), 500_000]
    assert (job.totals.files, job.totals.failed, job.state) == (3, 2, JobState.QUEUED)
    assert world.stored() == [f"default/{job_id}/source/1.pdf"]


def test_a_job_of_nothing_but_what_is_no_pdf_is_finished_when_it_is_opened(world: World) -> None:
    job_id = world.accepted(("notes.txt", b"hello"))
    world.end(job_id)
    assert world.jobs.get(job_id).state is JobState.FINISHED
    problem(world.get(f"/api/compress/download/{job_id}"), 409, "no_results")


@pytest.mark.parametrize(("before", "state"), [(4091, FileState.PENDING), (4092, FileState.FAILED)])
@pytest.mark.parametrize("piece", [1, 1000, 100_000])
def test_the_mark_of_a_pdf_may_stand_where_the_engine_looks_for_it(
    world: World, before: int, state: FileState, piece: int
) -> None:
    sent = body(file_part("a.pdf", b" " * before + PDF))
    (file,) = world.jobs.files(JobId(world.upload_raw(sent, piece=piece).json()["job_id"]))
    assert file.state is state


def test_single_files_have_settings_of_their_own(world: World) -> None:
    own = json.dumps({"1": {"image_quality": 40}, "2": {"password": "geheim", "grayscale": True}})
    sent = [field_part("file_settings", own), *(file_part(name, PDF) for name in ("a.pdf", "b.pdf", "c.pdf"))]
    files = world.jobs.files(JobId(world.upload_raw(body(*sent)).json()["job_id"]))
    assert [dict(file.asked) for file in files] == [
        {},
        {"image_quality": 40},
        {"password": "mieheg", "grayscale": True},
    ]


def test_settings_of_single_files_may_also_stand_between_files(world: World) -> None:
    own = field_part("file_settings", '{"1": {"linearize": true}}')
    files = world.jobs.files(JobId(world.upload_raw(body(GOOD, own, GOOD)).json()["job_id"]))
    assert [dict(file.asked) for file in files] == [{}, {"linearize": True}]


def test_an_upload_told_to_be_larger_than_a_job_may_be_is_refused_before_it_is_read(world: World) -> None:
    headers = {**MULTIPART, "Content-Length": str(2**40)}
    problem(World(world.root, world.client, SMALL_JOBS).upload_raw(body(GOOD), headers), 413, "job_too_large")
    assert world.recorded() == []


def test_files_that_are_together_larger_than_a_job_may_be_are_refused(world: World) -> None:
    world = World(world.root, world.client, SMALL_JOBS)
    assert world.upload([("a.pdf", PDF.ljust(5000)), ("b.pdf", PDF.ljust(5000))]).status_code == 202
    told = problem(world.upload([("a.pdf", PDF.ljust(5000)), ("b.pdf", PDF.ljust(5001))]), 413, "job_too_large")
    assert "10000" in told["detail"]


def test_a_file_of_just_the_size_limit_is_taken_and_one_byte_more_is_not(world: World) -> None:
    limit = LIMITS.max_file_bytes
    assert world.upload([("a.pdf", b"x" * limit)]).status_code == 202
    told = problem(world.upload([("a.pdf", b"x" * (limit + 1))]), 413, "file_too_large")
    assert str(limit) in told["detail"]
    assert "a.pdf" in told["detail"]


def test_as_many_files_as_the_limit_are_taken_and_one_more_is_not(world: World) -> None:
    limit = LIMITS.max_files
    assert world.upload([("a.pdf", b"x")] * limit).status_code == 202
    problem(world.upload([("a.pdf", b"x")] * (limit + 1)), 413, "too_many_files")


GOOD = file_part("a.pdf", PDF)


@pytest.mark.parametrize("media_type", ["multipart/form-data; boundary=frontier", "application/json"])
def test_a_compressed_body_is_refused_before_it_is_read(world: World, media_type: str) -> None:
    headers: dict[str, str | bytes] = {"Content-Type": media_type, "Content-Encoding": "gzip"}
    answer = world.upload_raw(gzip.compress(body(GOOD)), headers)
    problem(answer, 415, "encoded_body")
    assert answer.headers["accept-encoding"] == "identity"
    assert world.recorded() == []


SMALL_JOBS = replace(LIMITS, max_job_bytes=10_000)


def own(text: str) -> bytes:
    """The field with settings of single files."""
    return field_part("file_settings", text)


@pytest.mark.parametrize(
    ("sent", "status", "code", "named"),
    [
        (body(), 422, "no_files", "files"),
        (body(field_part("compression_level", "low")), 422, "no_files", "files"),
        (body(file_part("", b"")), 422, "no_files", "files"),
        (body(GOOD, field_part("compression_level", "extreme")), 422, "invalid_setting", "'extreme'"),
        (body(GOOD, field_part("image_quality", "0")), 422, "invalid_setting", "'0'"),
        (body(GOOD, field_part("image_quality", "9" * 2000)), 422, "invalid_setting", "image_quality"),
        (body(field_part("image_quality", "4"), field_part("image_quality", "5")), 422, "invalid_setting", "twice"),
        (body(GOOD, field_part("quality", "5")), 422, "unknown_field", "'quality'"),
        (body(GOOD, field_part("x" * 500, "5")), 422, "unknown_field", "xx"),
        (body(own("{"), GOOD), 422, "invalid_setting", "JSON object"),
        (body(own("[" * 100_000), GOOD), 422, "invalid_setting", "JSON object"),
        (body(own('{"0": {"password": "\\ud800"}}'), GOOD), 422, "invalid_setting", "JSON object"),
        (body(own('{"0": {"linearize": true}, "0": {}}'), GOOD), 422, "invalid_setting", "JSON object"),
        (body(own("[1]"), GOOD), 422, "invalid_setting", "JSON object"),
        (body(own('{"0": 1}'), GOOD), 422, "invalid_setting", "file 0"),
        (body(own('{"0": {}, "00": {}}'), GOOD), 422, "invalid_setting", "'00'"),
        (body(own('{"-1": {}}'), GOOD), 422, "invalid_setting", "'-1'"),
        (body(own('{"0": {"keep_names": true}}'), GOOD), 422, "invalid_setting", "keep_names"),
        (body(own('{"0": {"image_quality": 0}}'), GOOD), 422, "invalid_setting", "file 0: image_quality"),
        (body(own('{"0": {"image_quality": 9, "target_size": 9}}'), GOOD), 422, "invalid_setting", "contradict"),
        (body(own('{"7": {}}'), GOOD), 409, "settings_of_no_file", "file 7"),
        (body(own("{}"), own("{}"), GOOD), 422, "invalid_setting", "twice"),
        (body(own(" " * (2**20 + 1)), GOOD), 422, "invalid_setting", "longer than"),
        (body(GOOD, own('{"0": {"linearize": true}}')), 409, "late_file_settings", "file 0"),
        (GOOD, 400, "malformed_multipart", "ends before"),
        (body(GOOD)[:-8], 400, "malformed_multipart", "ends before"),
        (b"", 400, "malformed_multipart", "ends before"),
        (b"hello", 400, "malformed_multipart", "cannot be read"),
        (body(part("Content-Type: application/pdf", PDF)), 400, "malformed_multipart", "Content-Disposition"),
        (body(part("Content-Disposition: form-data", PDF)), 400, "malformed_multipart", "Content-Disposition"),
        (body(part('Content-Disposition: attachment; name="files"')), 400, "malformed_multipart", "form-data"),
        (body(file_part("x" * 9000, PDF)), 400, "malformed_multipart", "header size"),
        (body(part("\r\n".join(["X-More: 1"] * 40))), 400, "malformed_multipart", "header count"),
    ],
)
def test_a_request_at_fault_is_refused_by_name_and_leaves_nothing(
    world: World, sent: bytes, status: int, code: str, named: str
) -> None:
    told = problem(world.upload_raw(sent), status, code)
    assert named in told["detail"]
    assert len(told["detail"]) < 300
    assert world.stored() == []
    assert world.recorded() == []
    assert world.queue.announced == []


@pytest.mark.parametrize(
    ("content_type", "status", "code"),
    [
        ("application/pdf", 415, "not_multipart"),
        ("application/x-www-form-urlencoded", 415, "not_multipart"),
        ("multipart/mixed; boundary=frontier", 415, "not_multipart"),
        ("", 415, "not_multipart"),
        ("multipart/form-data", 400, "malformed_multipart"),
        ("multipart/form-data; boundary=", 400, "malformed_multipart"),
        ("multipart/form-data; boundary=" + "x" * 300, 400, "malformed_multipart"),
    ],
)
def test_a_body_that_is_no_form_is_refused_before_it_is_read(
    world: World, content_type: str, status: int, code: str
) -> None:
    problem(world.upload_raw(body(GOOD), {"Content-Type": content_type}), status, code)
    assert world.recorded() == []


def test_an_unreachable_state_store_answers_503_and_stores_nothing(world: World) -> None:
    world.jobs.reachable = False
    answer = world.upload([("a.pdf", PDF)])
    assert "secret-host" not in problem(answer, 503, "state_unavailable")["detail"]
    assert int(answer.headers["retry-after"]) > 0
    assert world.stored() == []


def test_an_object_store_that_fails_in_mid_file_answers_503_and_leaves_nothing(world: World) -> None:
    world.objects.fails_at = ("source/2.pdf", 100_000)
    answer = world.upload([("a.pdf", PDF), ("b.pdf", PDF), ("c.pdf", PDF.ljust(900_000))])
    assert "secret-host" not in problem(answer, 503, "store_unavailable")["detail"]
    assert world.stored() == []
    assert world.recorded() == []


def test_an_unreachable_broker_does_not_hinder_the_upload(world: World) -> None:
    world.queue.reachable = False
    answer = world.upload([("a.pdf", PDF)])
    assert answer.status_code == 202
    assert world.jobs.get(JobId(answer.json()["job_id"])).state is JobState.QUEUED


def test_a_client_that_leaves_in_mid_file_leaves_nothing(world: World) -> None:
    sent = iter([*in_pieces(body(GOOD, file_part("b.pdf", b"x" * 600_000)), 100_000)][:-1])
    statuses = []

    async def receive() -> Message:
        piece = next(sent, None)
        return (
            {"type": "http.disconnect"} if piece is None else {"type": "http.request", "body": piece, "more_body": True}
        )

    async def send(message: Message) -> None:
        statuses.append(message.get("status"))

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/compress/bulk",
        "query_string": b"",
        "headers": [(b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode())],
    }

    async def upload() -> None:
        await world.app(scope, receive, send)

    anyio.run(upload)
    assert 499 in statuses
    assert world.stored() == []
    assert world.recorded() == []
