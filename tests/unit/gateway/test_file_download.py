"""GET /api/compress/jobs/{job_id}/files/{number}/download: one file of a job, whatever the others do."""

from dataclasses import replace

import pytest

from bulkpress_core.domain.jobs import JobId
from tests.unit.gateway.world import World, failed, kept, problem
from upload_gateway.app import create_app

PDF = b"%PDF-1.7 and so on, at some length"


def path(job_id: JobId, number: int, which: str = "") -> str:
    return f"/api/compress/jobs/{job_id}/files/{number}/download" + (f"?which={which}" if which else "")


def test_a_result_is_there_while_the_rest_of_the_job_goes_on(world: World) -> None:
    job_id = world.accepted(("2024/Grüße.pdf", PDF), ("b.pdf", PDF))
    world.end(job_id, world.done(b"%PDF small"))
    answer = world.get(path(job_id, 0))
    assert (answer.status_code, answer.content) == (200, b"%PDF small")
    assert answer.headers["content-type"] == "application/pdf"
    assert "filename*=UTF-8''Gr%C3%BC%C3%9Fe.pdf" in answer.headers["content-disposition"]
    assert answer.content == world.get(path(job_id, 0, "result")).content
    waiting = world.get(path(job_id, 1))
    assert "pending" in problem(waiting, 409, "file_not_finished")["detail"]
    assert int(waiting.headers["retry-after"]) > 0


def test_what_was_uploaded_can_be_had_back_before_and_after_it_ended(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF + b"b"))
    world.end(job_id, world.done(b"%PDF small"))
    for number, source in ((0, PDF), (1, PDF + b"b")):
        answer = world.get(path(job_id, number, "source"))
        assert (answer.status_code, answer.content) == (200, source)
        assert answer.headers["etag"]
        part = world.get(path(job_id, number, "source"), headers={"Range": "bytes=5-"})
        assert (part.status_code, part.content) == (206, source[5:])


def test_a_kept_files_result_is_what_was_uploaded(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF))
    world.end(job_id, kept)
    assert world.get(path(job_id, 0)).content == PDF


def test_a_file_without_a_result_says_so_and_still_has_its_source(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF))
    world.end(job_id, failed)
    problem(world.get(path(job_id, 0)), 409, "no_result")
    assert world.get(path(job_id, 0, "source")).content == PDF


def test_what_is_not_there_is_404_and_what_was_deleted_is_410(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF))
    world.end(job_id, kept)
    problem(world.get(path(job_id, 2)), 404, "file_not_found")
    problem(world.get(path(JobId("0" * 32), 0)), 404, "job_not_found")
    problem(world.get(path(job_id, 0, "both")), 422, "invalid_request")
    world.objects.delete_prefix(f"default/{job_id}/")
    for method in ("GET", "HEAD"):
        assert world.request(method, path(job_id, 0, "result")).status_code == 410
    problem(world.get(path(job_id, 0, "source")), 409, "no_source")


def test_it_is_redirected_to_the_store_where_that_is_set_up(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF))
    world.end(job_id, world.done(b"%PDF small"))
    world.objects.url = "https://store.example"
    world.app = create_app(replace(world.parts, redirects_downloads=True))
    for which, key in (("result", "result/0.pdf"), ("source", "source/0.pdf")):
        answer = world.get(path(job_id, 0, which))
        assert answer.status_code == 307
        assert answer.headers["location"] == f"https://store.example/default/{job_id}/{key}"


@pytest.mark.parametrize("body", [b"%PDF smal", b"%PDF small and more"], ids=["shorter", "longer"])
def test_a_result_of_another_length_than_recorded_is_not_sent(world: World, body: bytes) -> None:
    job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF))
    world.end(job_id, world.done(b"%PDF small"))
    (world.root / f"default/{job_id}/result/0.pdf").write_bytes(body)
    problem(world.get(path(job_id, 0)), 500, "result_changed")


def test_a_result_with_other_bytes_than_recorded_never_looks_whole(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF))
    world.end(job_id, world.done(b"%PDF small"))
    (world.root / f"default/{job_id}/result/0.pdf").write_bytes(b"%PDF Small")
    with pytest.raises(RuntimeError, match="response already started"):
        world.get(path(job_id, 0))
