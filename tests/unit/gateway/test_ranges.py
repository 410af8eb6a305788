"""Downloads in part (RFC 9110, 13 and 14), and heads without a body."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from bulkpress_core.domain.jobs import JobId
from tests.unit.gateway.world import World, failed, kept, problem

PDF = b"%PDF-1.7 " + bytes(range(256)) * 4
PARTS = {
    "10-19": slice(10, 20),
    "700-": slice(700, None),
    "-5": slice(-5, None),
    "0-0": slice(0, 1),
    "5-99999999": slice(5, None),
    "-99999999": slice(0, None),
}


def one(world: World) -> str:
    """The path of a download of one PDF."""
    job_id = world.accepted(("a.pdf", PDF))
    world.end(job_id, kept)
    return f"/api/compress/download/{job_id}"


def several(world: World) -> str:
    """The path of a download of a ZIP."""
    job_id = world.accepted(*[(f"{n}.pdf", PDF + bytes([n])) for n in range(3)])
    world.end(job_id, kept, world.done(b"%PDF small"), failed)
    return f"/api/compress/download/{job_id}"


@pytest.fixture(params=[one, several])
def path(request: pytest.FixtureRequest, world: World) -> str:
    """A download."""
    made: str = request.param(world)
    return made


@pytest.mark.parametrize(("asked", "taken"), PARTS.items(), ids=list(PARTS))
def test_a_part_is_that_part_of_the_whole(world: World, path: str, asked: str, taken: slice) -> None:
    whole = world.get(path)
    assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
    answer = world.get(path, headers={"Range": f"bytes={asked}"})
    assert answer.status_code == 206
    assert answer.content == whole.content[taken]
    start, stop, _ = taken.indices(len(whole.content))
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(whole.content)}"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["etag"] == whole.headers["etag"]


def test_a_download_that_broke_off_goes_on_where_it_did(world: World, path: str) -> None:
    whole = world.get(path)
    resume = {"Range": "bytes=600-", "If-Range": whole.headers["etag"]}
    rest = world.get(path, headers=resume)
    assert rest.status_code == 206
    assert whole.content[:600] + rest.content == whole.content
    changed = world.get(path, headers=resume | {"If-Range": '"other"'})
    assert (changed.status_code, changed.content) == (200, whole.content)


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_part_that_there_is_not_is_refused_with_how_much_there_is(world: World, path: str, asked: str) -> None:
    answer = world.get(path, headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(world.get(path).content)}"


@pytest.mark.parametrize("asked", ["bytes=20-10", "bytes=1-2,4-5", "lines=1-2", "bytes", "bytes=a-b", "bytes=-"])
def test_what_asks_for_no_single_part_gets_the_whole(world: World, path: str, asked: str) -> None:
    assert world.get(path, headers={"Range": asked}).status_code == 200


def test_what_a_client_has_already_is_not_sent_again(world: World, path: str) -> None:
    tag = world.get(path).headers["etag"]
    for known in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        answer = world.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
    assert world.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


def test_a_head_says_what_a_get_would_and_sends_nothing(world: World, path: str) -> None:
    whole, head = world.get(path), world.request("HEAD", path)
    assert head.status_code == 200
    assert head.content == b""
    for name in ("content-length", "content-type", "content-disposition", "etag", "accept-ranges"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize("path", ["/healthz", "/api/compress/jobs", "/openapi.json", "/nowhere"])
def test_every_path_that_can_be_read_has_a_head(world: World, path: str) -> None:
    assert world.request("HEAD", path).status_code == world.get(path).status_code
    assert world.request("HEAD", path).content == b""


def test_the_head_of_an_event_stream_ends(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF))
    answer = world.request("HEAD", f"/api/compress/jobs/{job_id}/events")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_a_method_that_is_not_taken_is_told_of_head(world: World) -> None:
    answer = world.request("PATCH", "/api/compress/jobs")
    assert "HEAD" in answer.headers["allow"]


class TestOneFile:
    def path(self, job_id: JobId, number: int, which: str = "") -> str:
        return f"/api/compress/jobs/{job_id}/files/{number}/download{which}"

    def test_a_file_is_there_while_others_are_still_waiting(self, world: World) -> None:
        job_id = world.accepted(("x/Grüße.pdf", PDF), ("b.pdf", PDF + b"b"))
        world.end(job_id, world.done(b"%PDF small"))
        answer = world.get(self.path(job_id, 0))
        assert answer.content == b"%PDF small"
        assert "Gr%C3%BC%C3%9Fe.pdf" in answer.headers["content-disposition"]
        problem(world.get(self.path(job_id, 1)), 409, "file_not_ended")

    def test_the_source_can_be_had_as_well(self, world: World) -> None:
        job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF + b"b"))
        world.end(job_id, world.done(b"%PDF small"))
        source, result = world.get(self.path(job_id, 0, "?which=source")), world.get(self.path(job_id, 0))
        assert (source.content, result.content) == (PDF, b"%PDF small")
        assert source.headers["etag"] != result.headers["etag"]
        assert world.get(self.path(job_id, 1, "?which=source")).content == PDF + b"b"

    def test_one_that_failed_has_no_result_and_says_why(self, world: World) -> None:
        job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF))
        world.end(job_id, failed)
        assert "not_a_pdf" in problem(world.get(self.path(job_id, 0)), 409, "no_results")["detail"]

    def test_the_source_of_one_that_was_refused_when_it_came_is_not_kept(self, world: World) -> None:
        job_id = world.accepted(("a.pdf", b"GIF89a"), ("b.pdf", PDF))
        problem(world.get(self.path(job_id, 0, "?which=source")), 409, "no_source")

    def test_a_number_that_the_job_has_not_is_404(self, world: World) -> None:
        job_id = world.accepted(("a.pdf", PDF))
        problem(world.get(self.path(job_id, 7)), 404, "file_not_found")


def test_two_downloads_of_a_zip_are_the_same_to_the_byte(world: World) -> None:
    path = several(world)
    first, second = world.get(path), world.get(path)
    assert first.content == second.content
    assert ZipFile(BytesIO(first.content)).testzip() is None
