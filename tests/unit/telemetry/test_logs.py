"""Logs: events with fields, libraries' too, and no secrets."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bulkpress_core.settings import Settings
from bulkpress_core.telemetry import configure_logging
from bulkpress_core.telemetry.logs import without_secrets


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """What was logged to stderr."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_line_of_json_with_its_fields_and_service(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(), "worker")
    with structlog.contextvars.bound_contextvars(job_id="j1"):
        structlog.get_logger("test").info("file.pressed", bytes_in=7)
    (line,) = lines(capsys)
    assert line.pop("timestamp")
    expected = {"event": "file.pressed", "bytes_in": 7, "job_id": "j1", "level": "info", "logger": "test"}
    assert line == expected | {"service": "worker"}


def test_logs_of_libraries_come_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(), "worker")
    logging.getLogger("celery.worker").warning("connection to %s lost", "redis://:hidden@host:6379/0")
    (line,) = lines(capsys)
    assert line["event"] == "connection to redis://:***@host:6379/0 lost"


def test_what_a_server_answered_is_not_logged_whatever_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """A redirect's address may be as secret as the one that led to it."""
    configure_logging(Settings(bulkpress_log_level="DEBUG"), "worker")
    logging.getLogger("httpcore.http11").debug("receive_response_headers.complete")
    assert lines(capsys) == []


def test_a_traceback_holds_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(), "worker")
    try:
        int("rediss://user:hidden@host/0")
    except ValueError:
        structlog.get_logger("test").exception("broker.lost")
    (line,) = lines(capsys)
    assert "rediss://user:***@host/0" in str(line["exception"])
    assert "hidden" not in str(line)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://:pa55@h:1/0", "redis://:***@h:1/0"),
        ("sentinel://u:p@a:1;sentinel://u:p@b:1", "sentinel://u:***@a:1;sentinel://u:***@b:1"),
        ("redis://h:6379/0", "redis://h:6379/0"),
        (
            "https://s3/k?X-Amz-Credential=AK%2F1&X-Amz-Signature=00ff&x=1",
            "https://s3/k?X-Amz-Credential=***&X-Amz-Signature=***&x=1",
        ),
        ("/jobs/bp_AbCdEfGh12_" + "x9" * 24 + "Z", "/jobs/bp_AbCdEfGh12_***"),
        ("key:AbCdEfGh12 of bp_AbCdEfGh12", "key:AbCdEfGh12 of bp_AbCdEfGh12"),
        ("someone@example.org: hello", "someone@example.org: hello"),
    ],
)
def test_secrets_in_urls_are_masked_and_nothing_else(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


def test_a_command_line_can_ask_for_more_and_not_for_less(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(bulkpress_log_level="INFO"), "worker", level=logging.ERROR)
    structlog.get_logger("test").info("shown.always")
    configure_logging(Settings(bulkpress_log_level="INFO"), "worker", level=logging.DEBUG)
    structlog.get_logger("test").debug("shown.on_demand")
    assert [line["event"] for line in lines(capsys)] == ["shown.always", "shown.on_demand"]


def test_console_format_is_for_reading(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(bulkpress_log_format="console"), "worker")
    structlog.get_logger("test").info("file.pressed", bytes_in=7)
    shown = capsys.readouterr().err
    assert "file.pressed" in shown
    assert "bytes_in=7" in shown
    assert not shown.startswith("{")
