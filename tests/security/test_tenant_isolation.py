"""Reaching for another tenant's job: every route answers as if there were none, and does no more for it.

New routes are tried as soon as the app has them: the test goes by the app's own list.
"""

from pathlib import Path
from typing import Any

import pytest
import redis

from tests.unit.gateway.credentials import KeyedWorld
from tests.unit.gateway.world import NOW

PDF = b"%PDF-1.7 a secret"
UNKNOWN = "0123456789abcdef0123456789abcdef"
OTHERS = {"number": "0", "message_id": "{job_id}.1", "analysis_id": "{job_id}"}  # for the other parts of a path
# What of the answer may differ: nothing that depends on the id.
OWN_HEADERS = frozenset({"x-request-id", "ratelimit"})


@pytest.fixture
def world(tmp_path: Path, redis_client: redis.Redis) -> KeyedWorld:
    """A gateway that wants API keys."""
    return KeyedWorld(tmp_path / "store", redis_client)


@pytest.fixture
def job_of_another(world: KeyedWorld) -> str:
    """A job of the tenant `victim`."""
    files = [("files", ("a.pdf", PDF))]
    hook = {"webhook_url": "https://hooks.example/x"}
    answer = world.request("POST", "/api/compress/bulk", files=files, data=hook, headers=world.bearer("victim"))
    job_id: str = answer.json()["job_id"]
    world.jobs.cancel(world.jobs.get(answer.json()["job_id"]).id, now=NOW)  # it has a webhook message now
    return job_id


def job_routes(world: KeyedWorld) -> list[tuple[str, str]]:
    """Method and path of all routes that are about one job."""
    return [
        (method, route.path)
        for route in world.routes()
        for method in sorted(getattr(route, "methods", None) or ())
        if "{job_id}" in route.path or "{analysis_id}" in route.path
    ]


def path_for(template: str, job_id: str) -> str:
    """The path with this job in it."""
    for name, value in OTHERS.items():
        template = template.replace("{" + name + "}", value)
    path = template.replace("{job_id}", job_id)
    assert "{" not in path, f"say in OTHERS what stands for the parts of {template}"
    return path


def commands(client: redis.Redis) -> dict[str, int]:
    """How often Redis did what since the last CONFIG RESETSTAT."""
    told: Any = client.info("commandstats")
    return {name: stats["calls"] for name, stats in told.items() if "config" not in name and "info" not in name}


def attempt(world: KeyedWorld, method: str, path: str, who: dict[str, str]) -> tuple[int, bytes, dict[str, str], Any]:
    """Status, body and headers of the answer, and what Redis did for it."""
    body = {"json": {"parts": [1]}} if method in {"POST", "PUT", "PATCH"} else {}
    world.client.config_resetstat()
    answer = world.request(method, path, headers=who, **body)
    headers = {name: value for name, value in answer.headers.items() if name not in OWN_HEADERS}
    return answer.status_code, answer.content, headers, commands(world.client)


def test_every_route_treats_anothers_job_like_one_that_is_not_there(world: KeyedWorld, job_of_another: str) -> None:
    thief = world.bearer("thief")
    world.get("/api/compress/jobs", headers=thief)  # scripts are loaded, the key's first use is noted
    routes = job_routes(world)
    assert len(routes) >= 10
    for method, template in routes:
        attempt(world, method, path_for(template, UNKNOWN), thief)  # scripts of this route are loaded
        missing = attempt(world, method, path_for(template, UNKNOWN), thief)
        stolen = attempt(world, method, path_for(template, job_of_another), thief)
        assert stolen[0] == 404, (method, template)
        assert stolen[:3] == missing[:3], (method, template)
        # the same questions, and so the same time: none that only a job that is there is worth
        assert stolen[3] == missing[3], (method, template)


def test_every_route_treats_anothers_analysis_like_one_that_is_not_there(world: KeyedWorld) -> None:
    files = {"file": ("a.pdf", PDF)}
    answer = world.request("POST", "/api/compress/analyze", files=files, headers=world.bearer("victim"))
    thief = world.bearer("thief")
    for method, template in job_routes(world):
        missing = attempt(world, method, path_for(template, UNKNOWN), thief)
        stolen = attempt(world, method, path_for(template, answer.json()["analysis_id"]), thief)
        assert stolen[0] == 404, (method, template)
        assert stolen[:3] == missing[:3], (method, template)


def test_the_job_is_as_it_was_after_all_that(world: KeyedWorld, job_of_another: str) -> None:
    thief, owner = world.bearer("thief"), world.bearer("victim")
    before = world.get(f"/api/compress/jobs/{job_of_another}", headers=owner).json()
    stored = world.stored()
    for method, template in job_routes(world):
        attempt(world, method, path_for(template, job_of_another), thief)
    assert world.get(f"/api/compress/jobs/{job_of_another}", headers=owner).json() == before
    assert world.stored() == stored


def test_anothers_analysis_is_treated_like_one_that_is_not_there(world: KeyedWorld) -> None:
    thief, owner = world.bearer("thief"), world.bearer("victim")
    answer = world.request("POST", "/api/compress/analyze", files={"file": ("a.pdf", PDF)}, headers=owner)
    path = f"/api/compress/analyses/{answer.json()['analysis_id']}"
    assert world.get(path, headers=owner).status_code == 202
    world.get(path, headers=thief)  # the key's first use is noted
    missing = attempt(world, "GET", f"/api/compress/analyses/{UNKNOWN}", thief)
    stolen = attempt(world, "GET", path, thief)
    assert stolen[0] == 404
    assert stolen == missing


@pytest.mark.parametrize("path", ["jobs", "deletions", "audit"])
def test_no_list_names_anything_of_another(world: KeyedWorld, job_of_another: str, path: str) -> None:
    world.request("DELETE", f"/api/compress/jobs/{job_of_another}", headers=world.bearer("victim"))
    answer = world.get(f"/api/compress/{path}", headers=world.bearer("thief"))
    assert answer.status_code == 200
    assert job_of_another not in answer.text


def test_a_tenant_cannot_be_chosen_by_the_request(world: KeyedWorld, job_of_another: str) -> None:
    path = f"/api/compress/jobs/{job_of_another}"
    for extra in ({"X-Tenant": "victim"}, {"X-Forwarded-User": "victim"}, {"X-Tenant-ID": "victim"}):
        assert world.get(path, headers=world.bearer("thief") | extra).status_code == 404
    assert world.get(path + "?tenant=victim&user_id=victim", headers=world.bearer("thief")).status_code == 404
