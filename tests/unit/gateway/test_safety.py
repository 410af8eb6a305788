"""What browsers are told, and whose pages may call."""

from dataclasses import replace

import pytest

from bulkpress_core.settings import Settings
from tests.unit.gateway.world import World
from upload_gateway.app import create_app

ORIGIN = "https://app.example"
JOBS = "/api/compress/jobs"


@pytest.mark.parametrize("path", [JOBS, "/healthz", "/nowhere", "/api/compress/jobs/x", "/openapi.json"])
def test_every_answer_is_data_and_no_page(world: World, path: str) -> None:
    headers = world.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_the_page_of_docs_may_load_what_it_is_made_of(world: World) -> None:
    answer = world.get("/docs")
    policy = answer.headers["Content-Security-Policy"]
    sources = {line.split("https://")[1].split("/")[0] for line in answer.text.splitlines() if "https://" in line}
    assert sources
    assert all(host in policy for host in sources)
    assert "frame-ancestors 'none'" in policy


class TestOrigins:
    def ask(self, world: World, origin: str, method: str = "OPTIONS") -> dict[str, str]:
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = world.request(method, JOBS, headers=headers)
        return {name: value for name, value in answer.headers.items() if name.startswith("access-control")}

    def allowing(self, world: World, *origins: str) -> World:
        world.app = create_app(replace(world.parts, cors_origins=origins))
        return world

    def test_no_page_may_call_unless_a_setting_says_so(self, world: World) -> None:
        assert self.ask(world, ORIGIN) == {}
        assert self.ask(world, ORIGIN, "GET") == {}

    def test_pages_of_a_named_origin_may_call_and_read_what_they_need(self, world: World) -> None:
        allowing = self.allowing(world, ORIGIN)
        told = self.ask(allowing, ORIGIN)
        assert told["access-control-allow-origin"] == ORIGIN
        assert "POST" in told["access-control-allow-methods"]
        assert "Authorization" in told["access-control-allow-headers"]
        told = self.ask(allowing, ORIGIN, "GET")
        assert told["access-control-allow-origin"] == ORIGIN
        assert {"Location", "Retry-After", "X-Request-ID"} <= set(told["access-control-expose-headers"].split(", "))
        assert "access-control-allow-credentials" not in told

    @pytest.mark.parametrize("origin", ["https://evil.example", "https://app.example.evil.example", "null"])
    def test_pages_of_others_may_not(self, world: World, origin: str) -> None:
        allowing = self.allowing(world, ORIGIN)
        assert "access-control-allow-origin" not in self.ask(allowing, origin)
        assert "access-control-allow-origin" not in self.ask(allowing, origin, "GET")

    @pytest.mark.parametrize("origin", ["app.example", "https://app.example/", "https://app.example/x", "ftp://a"])
    def test_what_is_no_origin_is_refused_at_the_start(self, origin: str) -> None:
        with pytest.raises(ValueError, match="is no origin"):
            Settings(bulkpress_cors_origins=origin)
