"""HEAD: for every path that takes GET, the same answer without its content."""

from tests.unit.gateway.world import World, kept, problem

PDF = b"%PDF-1.7"
OF_THE_MOMENT = frozenset(
    {"x-request-id", "ratelimit", "content-length"}
)  # the report of /metrics grows with each request
PARTS = {"number": "0", "message_id": "x.1"}


def paths(world: World, job_id: str) -> list[str]:
    """All paths that take GET, about this job."""
    templates = [template for template, operations in world.app.openapi()["paths"].items() if "get" in operations]
    parts = PARTS | {"job_id": job_id, "analysis_id": "0" * 32}
    return [template.format(**parts) for template in templates]


def test_every_path_that_takes_get_takes_head_and_tells_the_same(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF))
    world.end(job_id, kept)
    asked = paths(world, job_id)
    assert len(asked) >= 14
    for path in asked:
        got, head = world.get(path), world.request("HEAD", path)
        assert head.content == b"", path
        assert head.status_code == got.status_code, path
        assert {name: value for name, value in head.headers.items() if name not in OF_THE_MOMENT} == {
            name: value for name, value in got.headers.items() if name not in OF_THE_MOMENT
        }, path
        if path != "/metrics":
            assert head.headers.get("content-length") == got.headers.get("content-length"), path


def test_the_head_of_an_endless_stream_is_not_waited_for(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF), ("b.pdf", PDF))
    answer = world.request("HEAD", f"/api/compress/jobs/{job_id}/events")  # nobody works on it: it would go on for ever
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_errors_have_heads_too_and_other_methods_are_not_taken_for_get(world: World) -> None:
    answer = world.request("HEAD", "/api/compress/jobs/" + "0" * 32)
    assert (answer.status_code, answer.content) == (404, b"")
    assert answer.headers["content-type"] == "application/problem+json"
    assert world.request("HEAD", "/api/compress/bulk").status_code == 405


def test_where_get_is_allowed_head_is_said_to_be(world: World) -> None:
    answer = world.request("PUT", "/api/compress/jobs")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD"
    assert world.request("GET", "/api/compress/bulk").headers["allow"] == "POST"


def test_a_head_is_logged_and_counted_as_what_it_is_and_audited_like_the_download(world: World) -> None:
    job_id = world.accepted(("a.pdf", PDF))
    world.end(job_id, kept)
    world.request("HEAD", f"/api/compress/download/{job_id}")
    assert 'method="HEAD"' in world.get("/metrics").text
    (noted,) = [action for action in world.get("/api/compress/audit").json()["actions"] if "download" in str(action)]
    assert job_id in str(noted)
