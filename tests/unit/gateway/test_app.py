"""What holds for every request: errors as problems, request ids, figures, health, the API's description."""

import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from bulkpress_core.domain.options import OPTION_NAMES
from tests.unit.gateway.world import World, problem

PDF = b"%PDF-1.7"


def test_no_such_path_and_no_such_method_are_problems_too(world: World) -> None:
    problem(world.get("/nothing/here"), 404, "not_found")
    answer = world.request("DELETE", "/api/compress/bulk")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


def test_a_slash_too_many_is_no_redirect(world: World) -> None:
    """It would name the scheme that the gateway is asked in, which behind a proxy with TLS is plain HTTP."""
    problem(world.get("/api/compress/jobs/"), 404, "not_found")


def test_every_method_of_a_path_is_named_where_another_was_tried(world: World) -> None:
    answer = world.request("OPTIONS", "/api/compress/jobs/abc")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "DELETE, GET, HEAD"


def test_an_error_nobody_expected_is_a_500_that_gives_nothing_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_asked: str) -> None:
        raise ZeroDivisionError("a secret of the inside")

    monkeypatch.setattr(world.service, "job", broken)
    with capture_logs() as logs:
        answer = world.get("/api/compress/jobs/x", headers={"X-Request-ID": "abc-1"})
    assert "secret" not in problem(answer, 500, "internal_error")["detail"]
    assert answer.headers["x-request-id"] == "abc-1"
    failed = next(line for line in logs if line["event"] == "request.failed")
    assert failed["error"] == "a secret of the inside"


def test_a_request_id_is_echoed_and_one_is_made_where_none_fit_to_print_was_sent(world: World) -> None:
    assert world.get("/", headers={"X-Request-ID": "trace-42"}).headers["x-request-id"] == "trace-42"
    made = {
        world.get("/", headers={"X-Request-ID": odd}).headers["x-request-id"] for odd in ("", "a b", "x" * 65, "<>")
    }
    assert len(made) == 4
    assert all(len(one) == 32 for one in made)


def test_every_answer_is_logged_by_route_but_for_those_machines_ask_for(world: World) -> None:
    with capture_logs() as logs:
        for path in ("/api/compress/jobs/abc", "/healthz", "/readyz", "/metrics"):
            world.get(path)
    answered = [line for line in logs if line["event"] == "request.answered"]
    assert [(line["route"], line["status"]) for line in answered] == [("/api/compress/jobs/{job_id}", 404)]


def test_figures_count_requests_by_route_template_and_uploaded_bytes(world: World) -> None:
    world.upload([("a.pdf", b"x" * 1000)])
    for job_id in ("a", "b", "c"):
        world.get(f"/api/compress/jobs/{job_id}")
    world.request("BREW", "/teapot")
    told = world.get("/metrics").text
    figures = dict(line.rsplit(" ", 1) for line in told.splitlines() if line.startswith("bulkpress_gateway_"))
    requests = "bulkpress_gateway_requests_total"
    assert figures[requests + '{method="GET",route="/api/compress/jobs/{job_id}",status="404"}'] == "3.0"
    assert figures[requests + '{method="OTHER",route="unmatched",status="404"}'] == "1.0"
    assert figures['bulkpress_gateway_request_seconds_count{method="POST",route="/api/compress/bulk"}'] == "1.0"
    assert float(figures["bulkpress_gateway_uploaded_bytes_total"]) > 1000


def test_alive_is_alive_whatever_is_out_of_reach(world: World) -> None:
    world.jobs.reachable = world.objects.reachable = world.queue.reachable = False
    assert world.get("/healthz").json() == {"status": "alive"}


def test_readiness_names_what_is_out_of_reach_and_tells_why_in_the_log_only(world: World) -> None:
    assert world.get("/readyz").json() == {"status": "ready"}
    world.objects.reachable = world.queue.reachable = False
    with capture_logs() as logs:
        answer = world.get("/readyz")
    assert problem(answer, 503, "not_ready")["failed"] == ["object_store", "broker"]
    assert "secret-host" not in answer.text
    failed = next(line for line in logs if line["event"] == "request.failed")
    assert "secret-host" in failed["error"]


def test_the_root_points_to_the_documentation(world: World) -> None:
    assert world.get(world.get("/").json()["docs"]).status_code == 200


@pytest.fixture
def document(world: World) -> dict[str, Any]:
    described: dict[str, Any] = world.get("/openapi.json").json()
    return described


def test_every_operation_has_an_id_of_its_own(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert {"create_bulk_job", "read_job", "download_results", "read_readiness"} <= set(ids)
    assert len(ids) == len(set(ids))


def test_every_error_is_described_as_a_problem_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], operation["operationId"]
    schemas = document["components"]["schemas"]
    text = json.dumps(document)
    used = {piece.split('"')[0] for piece in text.split("#/components/schemas/")[1:]}
    assert used <= set(schemas)
    assert "Problem" in used


def test_the_upload_form_is_described_as_a_list_of_files_and_the_settings(document: dict[str, Any]) -> None:
    form = document["paths"]["/api/compress/bulk"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["properties"]["files"]["type"] == "array"
    assert form["properties"]["files"]["items"]["format"] == "binary"
    assert form["required"] == ["files"]
    assert set(form["properties"]) == {"files", "file_settings", *OPTION_NAMES}


def test_the_document_is_the_same_however_often_it_is_read(world: World) -> None:
    assert world.get("/openapi.json").json() == world.get("/openapi.json").json()
