"""Who may: 401 without a good credential, 403 without the scope, and no route that forgets to ask."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from bulkpress_core.domain.errors import StateUnavailableError
from tests.unit.gateway.credentials import KeyedWorld
from tests.unit.gateway.world import NOW, problem
from upload_gateway.access.api_keys import USE_NOTED_EVERY
from upload_gateway.callers import Scope

OPEN = {"/", "/page/{name}", "/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"}
JOB = "/api/compress/jobs/0123456789abcdef0123456789abcdef"


@pytest.fixture
def world(keyed_world: KeyedWorld) -> KeyedWorld:
    return keyed_world


def operations(world: KeyedWorld) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation that the app describes."""
    for path, methods in world.get("/openapi.json").json()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path.replace("{", "").replace("}", ""), operation


def test_every_route_asks_who_calls_but_for_a_short_list(world: KeyedWorld) -> None:
    asked = 0
    for method, path, operation in operations(world):
        answer = world.request(method, path)
        if path in OPEN:
            assert answer.status_code != 401, path
        else:
            asked += 1
            problem(answer, 401, "not_authenticated")
            assert answer.headers["www-authenticate"] == 'Bearer realm="bulkpress"'
            assert {"401", "403"} <= set(operation["responses"]), path
    assert asked >= 5


def test_no_route_of_the_app_is_undescribed_but_for_the_open_ones(world: KeyedWorld) -> None:
    described = set(world.get("/openapi.json").json()["paths"])
    assert {route.path for route in world.routes()} - described <= OPEN


def test_every_guarded_route_names_exactly_one_scope_and_refuses_callers_without_it(world: KeyedWorld) -> None:
    for method, path, operation in operations(world):
        if path in OPEN:
            continue
        assert len(operation["security"][0]["bearer"]) == 1, path
        (needed,) = operation["security"][0]["bearer"]
        assert needed in set(Scope), path
        bearer = world.bearer(scopes=set(Scope) - {Scope(needed)})
        answer = world.request(method, path, headers=bearer)
        told = problem(answer, 403, "insufficient_scope")
        assert needed in told["detail"]
        assert f'scope="{needed}"' in answer.headers["www-authenticate"]
        assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


def test_a_key_works_as_bearer_and_in_its_own_header(world: KeyedWorld) -> None:
    text = world.new_key()
    for headers in ({"Authorization": f"Bearer {text}"}, {"authorization": f"bearer {text}"}, {"X-API-Key": text}):
        problem(world.get(JOB, headers=headers), 404, "job_not_found")


def test_all_bad_keys_are_refused_in_the_same_words(world: KeyedWorld) -> None:
    good = world.new_key()
    expired, revoked = world.new_key(expires_at=NOW), world.new_key()
    world.keys.revoke(revoked.split("_")[1], now=NOW)
    _, key_id, _ = good.split("_")
    bad = [expired, revoked, world.text_for(key_id), world.text_for("0123456789"), good[:-1], "bp_", "x"]
    answers = [world.get(JOB, headers={"X-API-Key": text}) for text in bad]
    assert len({problem(answer, 401, "invalid_token")["detail"] for answer in answers}) == 1
    assert {answer.headers["www-authenticate"] for answer in answers} == {
        'Bearer realm="bulkpress", error="invalid_token"'
    }


@pytest.mark.parametrize("authorization", ["", "Basic YTpi", "Bearer", "Bearer ", "Negotiate x"])
def test_what_is_no_bearer_credential_is_refused(world: KeyedWorld, authorization: str) -> None:
    assert world.get(JOB, headers={"Authorization": authorization}).status_code == 401


def test_two_credentials_are_refused_even_if_both_are_good(world: KeyedWorld) -> None:
    one, other = world.new_key(), world.new_key("umbrella")
    problem(world.get(JOB, headers={"Authorization": f"Bearer {one}", "X-API-Key": other}), 401, "invalid_token")
    twice = [("X-API-Key", one), ("X-API-Key", other)]
    problem(world.get(JOB, headers=twice), 401, "invalid_token")


def test_a_revoked_key_is_refused_at_once(world: KeyedWorld) -> None:
    text = world.new_key()
    assert world.get(JOB, headers={"X-API-Key": text}).status_code == 404
    world.keys.revoke(text.split("_")[1], now=NOW)
    assert world.get(JOB, headers={"X-API-Key": text}).status_code == 401


def test_use_is_noted_now_and_then_and_not_for_every_request(world: KeyedWorld) -> None:
    text = world.new_key()
    noted = []
    for at in (NOW, NOW + USE_NOTED_EVERY / 2, NOW + USE_NOTED_EVERY):
        world.time = at
        world.get(JOB, headers={"X-API-Key": text})
        key = world.keys.find(text.split("_")[1])
        assert key
        noted.append(key.used_at)
    assert noted == [NOW, NOW, NOW + USE_NOTED_EVERY]


def test_with_the_key_store_away_nobody_is_let_in_and_nobody_is_called_a_liar(
    world: KeyedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = world.new_key()

    def away(_key_id: str) -> None:
        raise StateUnavailableError

    monkeypatch.setattr(world.keys, "find", away)
    problem(world.get(JOB, headers={"X-API-Key": text}), 503, "state_unavailable")


def test_a_key_sees_the_jobs_of_its_tenant_and_no_others(world: KeyedWorld) -> None:
    mine, others = world.bearer(), world.bearer("umbrella")
    files = {"files": ("a.pdf", b"%PDF-1.7")}
    accepted = world.request("POST", "/api/compress/bulk", files=files, headers=mine).json()
    assert world.get(accepted["links"]["self"], headers=mine).status_code == 200
    problem(world.get(accepted["links"]["self"], headers=others), 404, "job_not_found")


def test_the_log_names_tenant_and_caller_and_no_secret(world: KeyedWorld) -> None:
    text = world.new_key()
    with capture_logs() as logs:
        world.get(f"{JOB}?token={text}", headers={"X-API-Key": text})
    (line,) = [line for line in logs if line["event"] == "request.answered"]
    assert (line["tenant"], line["caller"]) == ("acme", f"key:{text.split('_')[1]}")
    assert text not in json.dumps(logs, default=str)


def test_the_document_describes_both_ways_to_show_a_key(world: KeyedWorld) -> None:
    schemes = world.get("/openapi.json").json()["components"]["securitySchemes"]
    assert schemes["bearer"]["scheme"] == "bearer"
    assert (schemes["api_key"]["in"], schemes["api_key"]["name"]) == ("header", "X-API-Key")
