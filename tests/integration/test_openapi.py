"""The OpenAPI document is true: a fuzzer finds nothing that it does not say, and clients generated from it work."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.gateway_process import GatewayProcess
from tests.support.valkey import ValkeyServer

BIN = Path(sys.executable).parent
FUZZ_S = 45  # of the whole run; a longer one: `schemathesis run URL/openapi.json --checks all`
HOOKS = Path(__file__).parents[1] / "support" / "fuzz_hooks.py"
# No schema can say of a form's file that it must be a PDF: what is none is refused, by this status only.
FUZZ_RULES = f"""
hooks = {json.dumps(str(HOOKS))}

[[operations]]
include-name = "POST /api/compress/analyze"

[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "415", "5xx"]
"""
DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


@pytest.fixture(scope="module")
def running(valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway that takes all options, and waits for no worker as long as the fuzzer would for an answer."""
    folder = tmp_path_factory.mktemp("openapi")
    asked = {"BULKPRESS_SECRET_KEY": "s" * 32, "BULKPRESS_ANALYSIS_WAIT_S": "0.5"}
    with GatewayProcess(valkey.url, folder / "store", folder / "log", **asked) as process:
        yield process


@pytest.fixture
def gateway(running: GatewayProcess, redis_url: str) -> GatewayProcess:
    """The same on an empty Redis: no other test's jobs, whose objects are gone."""
    return running


def test_a_fuzzer_finds_nothing_that_the_document_does_not_say(gateway: GatewayProcess, tmp_path: Path) -> None:
    rules = tmp_path / "schemathesis.toml"
    rules.write_text(FUZZ_RULES)
    run = [
        str(BIN / "schemathesis"),
        "--config-file",
        str(rules),
        "run",
        f"{gateway.url}/openapi.json",
        "--checks",
        "all",
        "--no-color",
        "--seed",
        "1",
    ]
    done = subprocess.run(
        [*run, "--max-time", str(FUZZ_S)], cwd=tmp_path, capture_output=True, text=True, timeout=170, check=False
    )
    failed = [event for event in gateway.events if event.get("event") in {"request.failed", "answer.broken_off"}]
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{failed}"


def test_the_document_that_is_served_is_the_one_in_the_reference(gateway: GatewayProcess) -> None:
    assert httpx.get(f"{gateway.url}/openapi.json").json() == json.loads(DOCUMENT.read_text())


def test_every_route_has_a_name_of_its_own_a_summary_and_says_how_it_fails() -> None:
    operations: list[dict[str, Any]] = [
        operation for path in json.loads(DOCUMENT.read_text())["paths"].values() for operation in path.values()
    ]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(operation["summary"] and operation["description"] for operation in operations)
    unsaid = {
        operation["operationId"]
        for operation in operations
        if operation.get("parameters") and not any(status.startswith("4") for status in operation["responses"])
    }
    assert unsaid == set()


def test_a_client_made_by_a_public_generator_uploads_and_reads_a_job(
    gateway: GatewayProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "made"
    subprocess.run(
        [BIN / "openapi-python-client", "generate", "--path", DOCUMENT, "--output-path", made, "--meta", "none"],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (tmp_path / "bulkpress_made").symlink_to(made)
    monkeypatch.syspath_prepend(str(tmp_path))
    package = importlib.import_module("bulkpress_made")
    create = importlib.import_module("bulkpress_made.api.jobs.create_bulk_job")
    read = importlib.import_module("bulkpress_made.api.jobs.read_job")
    models = importlib.import_module("bulkpress_made.models")
    types = importlib.import_module("bulkpress_made.types")
    with package.Client(base_url=gateway.url) as client:
        file = types.File(payload=BytesIO(b"%PDF-1.7"), file_name="a.pdf", mime_type="application/pdf")
        accepted = create.sync(client=client, body=models.CreateBulkJobFilesBody(files=[file]))
        job = read.sync(accepted.job_id, client=client)
        named = models.CreateBulkJobJsonBodyFilesItem(url="http://files.example/b.pdf?key=1")
        other = create.sync(client=client, body=models.CreateBulkJobJsonBody(files=[named]))
        waiting = read.sync(other.job_id, client=client)
    assert (job.job_id, job.file_count, job.files[0].name) == (accepted.job_id, 1, "a.pdf")
    assert (waiting.files[0].name, waiting.files[0].source) == ("b.pdf", "http://files.example/b.pdf")
