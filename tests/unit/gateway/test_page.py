"""The page at `/`, and what it is made of. What it does in a browser: tests/browser."""

import re

import pytest

from tests.unit.gateway.world import World, problem
from upload_gateway.routers.page import CONTENT, MEDIA_TYPES

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
LONGEST_FILE_LINES = 300


def test_browsers_get_the_page_and_programs_the_json_they_always_got(world: World) -> None:
    page = world.get("/", headers=BROWSER)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Vary"] == "Accept"
    for accept in ("*/*", "application/json", ""):
        assert world.get("/", headers={"Accept": accept}).json()["docs"] == "/docs"


def test_all_that_the_page_names_is_there(world: World) -> None:
    named = set(re.findall(r'(?:src|href)="(/page/[^"]+)"', world.get("/", headers=BROWSER).text))
    assert {"/page/main.js", "/page/style.css"} <= named
    imported = {
        f"/page/{name}" for text in CONTENT.values() for name in re.findall(r'from "\./([^"]+)"', text.decode())
    }
    assert all(world.get(path).status_code == 200 for path in named | imported)


@pytest.mark.parametrize("name", sorted(CONTENT))
def test_every_file_is_served_as_what_it_is_with_a_policy_that_lets_nothing_else_in(world: World, name: str) -> None:
    answer = world.get(f"/page/{name}")
    assert answer.headers["Content-Type"] == MEDIA_TYPES["." + name.rpartition(".")[2]]
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert len(answer.text.splitlines()) <= LONGEST_FILE_LINES


def test_the_page_has_no_script_or_style_of_its_own_and_asks_no_other_host() -> None:
    text = b"\n".join(CONTENT.values()).decode().replace("http://www.w3.org/2000/svg", "")
    assert not re.findall(r"https?://", text)
    assert not re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", CONTENT["index.html"].decode())


def test_who_has_a_file_already_is_told_so(world: World) -> None:
    tag = world.get("/page/main.js").headers["ETag"]
    assert world.get("/page/main.js", headers={"If-None-Match": tag}).status_code == 304
    assert world.get("/page/main.js", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("name", ["nothing.js", "..%2fapp.py", "%2e%2e", "__init__.py"])
def test_nothing_else_can_be_asked_for(world: World, name: str) -> None:
    problem(world.get(f"/page/{name}"), 404, "not_found")
