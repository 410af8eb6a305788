"""`bulkpress keys` on a real Valkey, and a gateway that takes its keys."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from bulkpress_core.domain.access import key_id_of
from tests.support.gateway_process import GatewayProcess

Keys = Callable[..., "subprocess.CompletedProcess[str]"]
BULKPRESS = str(Path(sys.executable).with_name("bulkpress"))


@pytest.fixture
def keys(redis_url: str, tmp_path: Path) -> Keys:
    """Runs `bulkpress keys`."""
    environment = {
        name: value for name, value in os.environ.items() if "BULKPRESS" not in name and "CELERY" not in name
    }

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [BULKPRESS, "keys", *arguments]
        env = environment | {"CELERY_BROKER_URL": redis_url}
        return subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def made(keys: Keys, *arguments: str) -> str:
    """The one line that a command printed."""
    done = keys(*arguments)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line not in done.stderr
    return line


def test_a_key_is_made_used_rotated_and_revoked(keys: Keys, redis_url: str, tmp_path: Path) -> None:
    reader = made(keys, "create", "--tenant", "acme", "--name", "CI", "--scope", "jobs:read", "--expires-in", "90d")
    key_id = key_id_of(reader)
    assert key_id
    with GatewayProcess(redis_url, tmp_path / "store", tmp_path / "log", BULKPRESS_AUTH="keys") as gateway:

        def status(method: str, path: str, text: str) -> int:
            headers = {"Authorization": f"Bearer {text}"}
            return httpx.request(method, f"{gateway.url}/api/compress/{path}", headers=headers, timeout=60).status_code

        assert status("GET", "deletions", reader) == 200
        assert status("POST", "bulk", reader) == 403
        assert gateway.request("GET", "/api/compress/deletions").status_code == 401
        assert gateway.request("GET", "/readyz").status_code == 200
        rotated = made(keys, "rotate", key_id, "--overlap", "1h")
        assert status("GET", "deletions", reader) == status("GET", "deletions", rotated) == 200
        again = made(keys, "rotate", key_id, "--overlap", "0h")
        assert [status("GET", "deletions", text) for text in (reader, rotated, again)] == [401, 401, 200]
        assert keys("revoke", key_id).returncode == 0
        assert status("GET", "deletions", again) == 401
    assert reader not in (tmp_path / "log").read_text()


def test_a_list_tells_of_keys_but_not_what_opens(keys: Keys) -> None:
    text = made(keys, "create", "--tenant", "acme", "--name", "nightly run")
    made(keys, "create", "--tenant", "umbrella", "--name", "other")
    head, *rows = keys("list", "--tenant", "acme").stdout.splitlines()
    assert head.split() == ["ID", "TENANT", "NAME", "SCOPES", "STATE", "CREATED", "EXPIRES", "LAST", "USED"]
    (row,) = rows
    assert "nightly run" in row
    assert "jobs:read,jobs:write" in row
    assert text.split("_")[2] not in row


def test_changes_are_told_in_the_log_with_who_made_them(keys: Keys) -> None:
    done = keys("create", "--tenant", "acme", "--name", "CI")
    assert '"event": "audit.key_created"' in done.stderr
    assert '"operator": ' in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["revoke", "0123456789"], 1, "no such API key"),
        (["rotate", "0123456789"], 1, "no such API key"),
        (["create", "--tenant", "../x", "--name", "CI"], 2, "letters, digits"),
        (["create", "--tenant", "x", "--name", "CI", "--expires-in", "soon"], 2, "24h or 90d"),
        (["create", "--tenant", "x", "--name", "CI", "--expires-in", "0h"], 2, "at least 1h"),
        (["create", "--tenant", "x", "--name", "a\nb"], 2, "printable"),
        ([], 2, "COMMAND"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(keys: Keys, arguments: list[str], code: int, said: str) -> None:
    done = keys(*arguments)
    assert done.returncode == code
    assert said in done.stderr


def test_a_gateway_that_others_can_reach_does_not_start_without_asking_who_calls(
    redis_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with pytest.raises(RuntimeError, match="bulkpress keys create"):
        GatewayProcess(redis_url, tmp_path / "store", log, BULKPRESS_GATEWAY_HOST="0.0.0.0").__enter__()  # noqa: S104
    open_to_all = {"BULKPRESS_GATEWAY_HOST": "0.0.0.0", "BULKPRESS_AUTH": "none"}  # noqa: S104 - for a moment
    with GatewayProcess(redis_url, tmp_path / "store", log, **open_to_all) as gateway:
        assert gateway.request("GET", "/api/compress/deletions").status_code == 200
