"""The audit log, as those who may read it see it."""

from typing import Any

from structlog.testing import capture_logs

from bulkpress_core.domain.access import Scope
from tests.unit.gateway.credentials import KeyedWorld
from tests.unit.gateway.world import problem

AUDIT = "/api/compress/audit"
PDF = b"%PDF-1.7"


def actions(world: KeyedWorld, who: dict[str, str], query: str = "") -> list[dict[str, Any]]:
    """The tenant's audit log, newest first."""
    told: list[dict[str, Any]] = world.get(AUDIT + query, headers=who).json()["actions"]
    return told


def upload(world: KeyedWorld, who: dict[str, str]) -> str:
    answer = world.request("POST", "/api/compress/bulk", files=[("files", ("a.pdf", PDF))], headers=who)
    return str(answer.json()["job_id"])


def test_what_changes_a_job_is_written_down_with_who_did_it(keyed_world: KeyedWorld) -> None:
    world = keyed_world
    who = world.bearer()
    job_id = upload(world, who)
    world.request("POST", f"/api/compress/jobs/{job_id}/cancel", headers=who | {"X-Request-ID": "r-1"})
    world.request("DELETE", f"/api/compress/jobs/{job_id}", headers=who)
    deleted, cancelled, created = actions(world, who)
    key_id = who["Authorization"].split("_")[1]
    assert cancelled == {
        "at": "2100-01-01T12:00:00Z",
        "caller": f"key:{key_id}",
        "operation": "cancel_job",
        "status": 200,
        "job_id": job_id,
        "request_id": "r-1",
        "client": "127.0.0.1",
    }
    assert (deleted["operation"], deleted["job_id"]) == ("delete_job", job_id)
    assert (created["operation"], created["job_id"], created["status"]) == ("create_bulk_job", job_id, 202)


def test_attempts_that_were_refused_are_written_down_too(keyed_world: KeyedWorld) -> None:
    world = keyed_world
    who = world.bearer(scopes=[Scope.JOBS_READ])
    world.request("DELETE", f"/api/compress/jobs/{'0' * 32}", headers=who)
    world.request("POST", "/api/compress/jobs/%0Anonsense/cancel", headers=world.bearer())
    nonsense, forbidden = actions(world, world.bearer())
    assert (forbidden["status"], forbidden["job_id"]) == (403, "0" * 32)
    assert (nonsense["status"], nonsense["job_id"]) == (404, None)


def test_reading_is_not_written_down_and_downloading_is(keyed_world: KeyedWorld) -> None:
    world = keyed_world
    who = world.bearer()
    job_id = upload(world, who)
    for path in (f"jobs/{job_id}", "jobs", f"jobs/{job_id}/files", f"download/{job_id}"):
        world.get(f"/api/compress/{path}", headers=who)
    assert [one["operation"] for one in actions(world, who)] == ["download_results", "create_bulk_job"]


def test_others_see_nothing_of_it_and_readers_need_the_right(keyed_world: KeyedWorld) -> None:
    world = keyed_world
    upload(world, world.bearer("acme"))
    assert actions(world, world.bearer("other")) == []
    answer = world.get(AUDIT, headers=world.bearer(scopes=[Scope.JOBS_READ, Scope.JOBS_WRITE]))
    problem(answer, 403, "insufficient_scope")


def test_it_is_read_by_the_page(keyed_world: KeyedWorld) -> None:
    world = keyed_world
    who = world.bearer()
    jobs = [upload(world, who) for _ in range(3)]
    first = world.get(AUDIT + "?limit=2", headers=who).json()
    rest = world.get(f"{AUDIT}?limit=2&cursor={first['next']}", headers=who).json()
    assert [one["job_id"] for one in first["actions"] + rest["actions"]] == jobs[::-1]
    assert rest["next"] is None


def test_a_log_out_of_reach_fails_no_request_and_the_action_goes_to_the_log_of_events(keyed_world: KeyedWorld) -> None:
    world = keyed_world
    world.actions.reachable = False
    with capture_logs() as logs:
        job_id = upload(world, world.bearer())
    (told,) = [one for one in logs if one["event"] == "audit.not_written"]
    assert (told["operation"], told["job_id"], told["tenant"]) == ("create_bulk_job", job_id, "acme")
