"""Analyses as they run: a gateway and a worker as processes, real HTTP, a real Valkey, a folder of objects."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.gateway_process import GatewayProcess
from tests.support.pdf_factory import pages
from tests.support.services import WORKER, System
from tests.support.waiting import until


@pytest.fixture
def system(tmp_path: Path, redis_url: str) -> Iterator[System]:
    """Services are started by the test."""
    with System(tmp_path, redis_url) as made:
        yield made


@pytest.fixture
def gateway(system: System, redis_url: str, tmp_path: Path) -> Iterator[GatewayProcess]:
    """A gateway on the same store, which waits longer than any test runs."""
    log = tmp_path / "gateway.log"
    with GatewayProcess(redis_url, tmp_path / "store", log, BULKPRESS_ANALYSIS_WAIT_S="120") as process:
        yield process


def analyze(gateway: GatewayProcess, content: bytes) -> httpx.Response:
    files = {"file": ("a.pdf", content)}
    return httpx.post(f"{gateway.url}/api/compress/analyze", files=files, timeout=150)


def stored(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "store").rglob("*") if path.is_file()]


def test_a_file_is_audited_by_a_worker_and_deleted(system: System, gateway: GatewayProcess, tmp_path: Path) -> None:
    system.start(WORKER)
    content = pages.uncompressed_text()
    answer = analyze(gateway, content)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["size_bytes"] == len(content)
    parts = {name: size for name, size in told["composition"].items() if name != "images_by_coding"}
    assert sum(parts.values()) == len(content)
    assert parts["content"] > len(content) / 2
    assert told["estimates"]["medium"]["size_bytes"] < len(content) / 2
    until(lambda: not stored(tmp_path), "the file is deleted")
    again = httpx.get(f"{gateway.url}/api/compress/analyses/{told['analysis_id']}")
    assert (again.status_code, again.json()) == (200, told)


def test_a_broken_file_is_told_of_with_its_reason(system: System, gateway: GatewayProcess, tmp_path: Path) -> None:
    system.start(WORKER)
    answer = analyze(gateway, b"%PDF-1.7\nand nothing that a reader could use")
    assert (answer.status_code, answer.json()["code"]) == (422, "damaged_pdf")
    until(lambda: not stored(tmp_path), "the file is deleted")


def test_without_a_worker_the_answer_comes_when_the_time_is_up(system: System, redis_url: str, tmp_path: Path) -> None:
    log = tmp_path / "impatient.log"
    with GatewayProcess(redis_url, tmp_path / "store", log, BULKPRESS_ANALYSIS_WAIT_S="0.2") as impatient:
        answer = analyze(impatient, pages.text())
        assert answer.status_code == 202, answer.text
        where = impatient.url + answer.headers["location"]
        system.start(WORKER)
        found = until(lambda: one if (one := httpx.get(where)).status_code != 202 else None, "the audit is there")
    assert found is not None
    assert (found.status_code, found.json()["pages"]) == (200, 1)
