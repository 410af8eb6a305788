"""Downloads in part and again, as RFC 9110, 13 and 14, has them: the same rules for one PDF and for a ZIP."""

from collections.abc import Callable

import httpx
import pytest

from tests.unit.gateway.world import World, failed, kept, problem

PDF = b"%PDF-1.7 source"
RESULT = bytes(range(256)) * 4

Ask = Callable[..., httpx.Response]


@pytest.fixture(params=["pdf", "file", "zip"])
def ask(request: pytest.FixtureRequest, world: World) -> Ask:
    """Downloads one PDF, one file of a job, or a ZIP, with these headers."""
    count = 3 if request.param == "zip" else 1
    job_id = world.accepted(*[("a.pdf", PDF)] * count)
    world.end(job_id, *[world.done(RESULT)] * count)
    path = f"/api/compress/download/{job_id}"
    if request.param == "file":
        path = f"/api/compress/jobs/{job_id}/files/0/download"

    def asked(method: str = "GET", **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value.encode("latin-1") for name, value in headers.items()}
        return world.request(method, path, headers=sent)

    return asked


@pytest.fixture
def whole(ask: Ask) -> httpx.Response:
    """All of it."""
    return ask()


def test_the_whole_says_that_parts_can_be_had_and_what_it_is(ask: Ask, whole: httpx.Response) -> None:
    assert whole.status_code == 200
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["etag"].startswith('"')  # a strong one: weak tags begin with W/
    assert int(whole.headers["content-length"]) == len(whole.content)
    assert ask().headers["etag"] == whole.headers["etag"]


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-", slice(0, None)),
        ("bytes=0-0", slice(0, 1)),
        ("bytes=10-19", slice(10, 20)),
        ("bytes=100-", slice(100, None)),
        ("bytes=100-99999999999999999999999", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=-99999999", slice(0, None)),
        ("BYTES= 10-19 ", slice(10, 20)),
    ],
)
def test_a_range_is_answered_with_that_part(ask: Ask, whole: httpx.Response, asked: str, part: slice) -> None:
    answer = ask(Range=asked)
    first, stop, _ = part.indices(len(whole.content))
    assert answer.status_code == 206
    assert answer.content == whole.content[part]
    assert answer.headers["content-range"] == f"bytes {first}-{stop - 1}/{len(whole.content)}"
    assert int(answer.headers["content-length"]) == len(answer.content)
    for name in ("etag", "content-type", "content-disposition", "accept-ranges"):
        assert answer.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=5-4",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=\u00b2-\u00b3",
        "items=0-1",
        "0-1",
        "bytes=0-1,5-6",
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_what_is_no_range_or_are_several_is_answered_with_the_whole(
    ask: Ask, whole: httpx.Response, asked: str
) -> None:
    answer = ask(Range=asked)
    assert answer.status_code == 200
    assert answer.content == whole.content
    assert "content-range" not in answer.headers


@pytest.mark.parametrize("asked", ["bytes={size}-", "bytes={size}-{size}", "bytes=-0", "bytes=9999999999-"])
def test_a_range_behind_the_end_says_where_that_is(ask: Ask, whole: httpx.Response, asked: str) -> None:
    answer = ask(Range=asked.format(size=len(whole.content)))
    problem(answer, 416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(whole.content)}"


def test_if_range_goes_on_only_with_the_version_that_was_begun(ask: Ask, whole: httpx.Response) -> None:
    tag = whole.headers["etag"]
    assert ask(Range="bytes=9-", If_Range=tag).status_code == 206
    for other in ('"other"', f"W/{tag}", "Tue, 01 Jan 2030 00:00:00 GMT"):
        answer = ask(Range="bytes=9-", If_Range=other)
        assert (answer.status_code, answer.content) == (200, whole.content)
        assert ask(Range="bytes=99999999-", If_Range=other).status_code == 200


def test_if_match_gives_nothing_of_another_version(ask: Ask, whole: httpx.Response) -> None:
    tag = whole.headers["etag"]
    for matching in (tag, f'"other", {tag}', "*"):
        assert ask(If_Match=matching, Range="bytes=0-3").content == whole.content[:4]
    for stale in ('"other"', f"W/{tag}", ""):
        problem(ask(If_Match=stale, Range="bytes=0-3"), 412, "precondition_failed")
        problem(ask(If_Match=stale, If_None_Match=tag), 412, "precondition_failed")


def test_who_has_it_is_not_sent_it_again(ask: Ask, whole: httpx.Response) -> None:
    tag = whole.headers["etag"]
    for listed in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = ask(If_None_Match=listed, Range="bytes=0-3")
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
    assert ask(If_None_Match='"other"').content == whole.content


def test_head_tells_the_same_of_the_whole_and_sends_nothing(ask: Ask, whole: httpx.Response) -> None:
    answer = ask("HEAD", Range="bytes=0-3")  # ranges are for GET only (14.2)
    varying = {"x-request-id", "ratelimit"}
    assert (answer.status_code, answer.content) == (200, b"")
    assert {name: value for name, value in answer.headers.items() if name not in varying} == {
        name: value for name, value in whole.headers.items() if name not in varying
    }
    assert ask("HEAD", If_None_Match=whole.headers["etag"]).status_code == 304


def test_without_recorded_checksums_a_zip_comes_whole_only(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF))
    world.end(job_id, world.done(RESULT), kept)
    headers = {"Range": "bytes=0-9", "If-Range": "None"}
    answer = world.get(f"/api/compress/download/{job_id}", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["accept-ranges"] == "none"
    assert "etag" not in answer.headers
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_a_job_whose_failed_file_was_tried_again_has_another_tag(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF))
    path = f"/api/compress/download/{job_id}"
    world.end(job_id, world.done(RESULT), failed)
    before = world.get(path).headers["etag"]
    assert world.request("POST", f"/api/compress/jobs/{job_id}/retry").status_code == 202
    world.end(job_id, world.done(RESULT))
    answer = world.get(path, headers={"Range": "bytes=0-9", "If-Range": before})
    assert answer.headers["etag"] != before
    assert answer.status_code == 200
