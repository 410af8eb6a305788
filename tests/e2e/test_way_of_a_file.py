"""The way of files as a client sees it: upload, events, webhook, download; on embedded defaults and on real servers."""

import base64
import hashlib
import hmac
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pypdfium2
import pytest

from tests.e2e.test_local_stack import record_of, up
from tests.support.clamd import EICAR, ClamdServer
from tests.support.gateway_process import GatewayProcess
from tests.support.pdf_factory import features, images
from tests.support.s3 import S3Bucket
from tests.support.services import SCHEDULER, WORKER, System
from tests.support.waiting import until
from tests.support.web_server import Sent, WebServer, web_server

ANSWER_LIMIT_S = 120.0
LOOPBACK = "127.0.0.0/8"


@pytest.fixture
def receiver() -> Iterator[WebServer]:
    """The client's server for webhooks."""
    with web_server() as server:
        yield server


def uploaded(url: str, receiver: WebServer, files: dict[str, bytes]) -> str:
    """The id of a job with these files, whose end the receiver is told."""
    parts = [("files", (name, content, "application/pdf")) for name, content in files.items()]
    fields = {"webhook_url": f"{receiver.url}/hook", "compression_level": "high"}
    answer = httpx.post(f"{url}/api/compress/bulk", files=parts, data=fields, timeout=ANSWER_LIMIT_S)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


def events_of(url: str, job_id: str) -> list[tuple[str, dict[str, object]]]:
    """All events of the job with their data, read until the gateway ends the stream."""
    told, name = [], ""
    with httpx.stream("GET", f"{url}/api/compress/jobs/{job_id}/events", timeout=ANSWER_LIMIT_S) as stream:
        for line in stream.iter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            if field == "data":
                told.append((name, json.loads(value)))
    return told


def finished_message(receiver: WebServer) -> Sent:
    """The message that the job is finished, when it has come."""
    until(
        lambda: any(json.loads(sent.body)["type"] == "job.finished" for sent in receiver.sent), "the webhook is called"
    )
    return next(sent for sent in receiver.sent if json.loads(sent.body)["type"] == "job.finished")


def is_signed(sent: Sent, secret: str) -> bool:
    """Whether the message is signed with the secret, as Standard Webhooks has it."""
    content = f"{sent.headers['webhook-id']}.{sent.headers['webhook-timestamp']}.".encode() + sent.body
    signature = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), content, hashlib.sha256).digest()
    return sent.headers["webhook-signature"] == f"v1,{base64.b64encode(signature).decode()}"


def downloaded(url: str, job_id: str) -> dict[str, bytes]:
    """The entries of the job's ZIP."""
    answer = httpx.get(f"{url}/api/compress/download/{job_id}", timeout=ANSWER_LIMIT_S)
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def pages_of(document: bytes) -> int:
    """How many pages a reader finds."""
    opened = pypdfium2.PdfDocument(document)
    try:
        return len(opened)
    finally:
        opened.close()


def check_the_way(url: str, receiver: WebServer, files: dict[str, bytes], *, failed: dict[str, str]) -> None:
    """Send the files along it; those of `failed` end so, by reason, and all others come back smaller."""
    job_id = uploaded(url, receiver, files)
    events = events_of(url, job_id)
    ended = {str(told["name"]): (name, told["reason"]) for name, told in events if name.startswith("file.")}
    assert events[-1][0] == "job.finished"
    assert set(ended) == set(files)
    assert {name: reason for name, (_, reason) in ended.items() if name in failed} == failed
    sent = finished_message(receiver)
    assert is_signed(sent, httpx.get(f"{url}/api/compress/webhook-secret").json()["secrets"][0])
    told = json.loads(sent.body)["data"]
    assert (told["job_id"], told["file_count"], told["failed_count"]) == (job_id, len(files), len(failed))
    results = downloaded(url, job_id)
    assert set(results) == {*files, "report.csv"} - set(failed)
    for name in set(files) - set(failed):
        assert len(results[name]) < len(files[name])
        assert pages_of(results[name]) == pages_of(files[name])


def test_on_embedded_defaults(tmp_path: Path, receiver: WebServer) -> None:
    files = {"photo.pdf": images.photo_jpeg(600, 450), "form.pdf": features.form(), "no.pdf": b"no PDF"}
    with up(tmp_path / "home", BULKPRESS_PRIVATE_NETWORKS=LOOPBACK):
        url = record_of(tmp_path / "home").addresses["gateway"]
        check_the_way(url, receiver, files, failed={"no.pdf": "not_a_pdf"})


@pytest.fixture
def servers(redis_url: str, s3_bucket: S3Bucket, clamd: ClamdServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings that name a real Valkey, S3 server and clamd."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_bucket.server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_bucket.server.secret_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return {
        "celery_broker_url": redis_url,
        "celery_result_backend": redis_url,
        "bulkpress_store": f"s3://{s3_bucket.name}/bulk",
        "bulkpress_s3_endpoint": s3_bucket.server.endpoint,
        "bulkpress_secret_key": "s" * 32,
        "bulkpress_clamd": clamd.tcp,
        "bulkpress_private_networks": LOOPBACK,
    }


def test_on_valkey_s3_and_clamd(tmp_path: Path, receiver: WebServer, servers: dict[str, str]) -> None:
    files = {"photo.pdf": images.photo_jpeg(600, 450), "bad.pdf": b"%PDF-1.7\n" + EICAR, "form.pdf": features.form()}
    variables = {name.upper(): value for name, value in servers.items()}
    redis_url, store = servers["celery_broker_url"], servers["bulkpress_store"]
    with (
        System(tmp_path / "system", redis_url, **servers) as system,
        GatewayProcess(redis_url, store, tmp_path / "log", **variables) as gateway,
    ):
        system.start(WORKER)
        system.start(SCHEDULER)
        check_the_way(gateway.url, receiver, files, failed={"bad.pdf": "infected"})
        assert not any(key.endswith("source/1.pdf") for key in system.objects.keys("default/"))  # the infected one
