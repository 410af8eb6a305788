"""What gateway and worker log of jobs: enough to follow a file, and nothing that is only its owner's business."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.logs_page import events
from tests.support.gateway_process import GatewayProcess
from tests.support.pdf_factory import pages, protection
from tests.support.services import SCHEDULER, WORKER, Service, System
from tests.support.waiting import until

NAME, PASSWORD, KEY_NAME = "Kuendigung-Mustermann.pdf", "hunter2-und-mehr", "X-API-Key"
REQUEST = "followed-from-afar"


@pytest.fixture
def system(tmp_path: Path, redis_url: str) -> Iterator[System]:
    """Services that say all they can say."""
    secret = "a-secret-of-the-installation-0123456789"
    with System(
        tmp_path, redis_url, bulkpress_log_level="DEBUG", bulkpress_secret_key=secret, bulkpress_max_retries="0"
    ) as made:
        yield made


@pytest.fixture
def gateway(system: System, redis_url: str, tmp_path: Path) -> Iterator[GatewayProcess]:
    """A gateway on the same store."""
    settings = {"BULKPRESS_LOG_LEVEL": "DEBUG", "BULKPRESS_SECRET_KEY": system.env["BULKPRESS_SECRET_KEY"]}
    with GatewayProcess(redis_url, tmp_path / "store", tmp_path / "gateway.log", **settings) as process:
        yield process


def lines(log: Path) -> list[dict[str, Any]]:
    """What was logged as JSON."""
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def hand_in_and_wait(gateway: GatewayProcess) -> dict[str, Any]:
    """A job of a good file, a broken one and one whose password is wrong, ended and downloaded."""
    files = [
        ("files", (NAME, pages.uncompressed_text())),
        ("files", (f"broken-{NAME}", b"%PDF-1.7\n" + bytes(5000))),
        ("files", (f"locked-{NAME}", protection.encrypted())),
    ]
    headers = {"X-Request-ID": REQUEST, KEY_NAME: "bp_0123456789_abcdefghijklmnopqrstuvwxyz"}
    answer = httpx.post(
        f"{gateway.url}/api/compress/bulk", files=files, data={"password": PASSWORD}, headers=headers, timeout=60
    )
    assert answer.status_code == 202, answer.text
    path = f"/api/compress/jobs/{answer.json()['job_id']}"
    until(lambda: gateway.request("GET", path).json()["status"] == "finished", "the job ends", limit_s=90)
    told: dict[str, Any] = gateway.request("GET", path).json()
    assert gateway.request("GET", f"/api/compress/download/{told['job_id']}").status_code == 200
    return told


def test_a_file_is_followed_from_its_request_and_its_owner_s_business_is_in_no_log(
    system: System, gateway: GatewayProcess, tmp_path: Path
) -> None:
    services: list[Service] = [system.start(WORKER), system.start(SCHEDULER)]
    told = hand_in_and_wait(gateway)
    worker_log = services[0].log
    until(
        lambda: len(re.findall(r'"event": "file\.(?:pressed|failed)"', worker_log.read_text())) == 3,
        "all ends are told",
    )
    logs = [tmp_path / "gateway.log", *(service.log for service in services)]

    (accepted,) = [line for line in lines(logs[0]) if line["event"] == "job.accepted"]
    assert (accepted["request_id"], accepted["job_id"]) == (REQUEST, told["job_id"])
    ends = [line for line in lines(worker_log) if line["event"] in {"file.pressed", "file.failed"}]
    assert {(line["job_id"], line["file"]) for line in ends} == {(told["job_id"], number) for number in range(3)}
    assert all({"attempt", "lane", "bytes_in", "reason"} <= line.keys() for line in ends)

    own = {event.name for event in events()}
    ours = ("upload_gateway", "compression_worker", "scheduler", "bulkpress_core")
    for log in logs:
        text = log.read_text()
        for private in ("Mustermann", PASSWORD, "abcdefghijklmnop", system.env["BULKPRESS_SECRET_KEY"]):
            assert private not in text, log
        assert {line["event"] for line in lines(log) if line["logger"].startswith(ours)} <= own
