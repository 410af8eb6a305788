"""From a prefix in S3 to the same tree below another: gateway and worker as they are wired, on a real S3 server."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI

from bulkpress_core.adapters.celery_app import make_celery
from bulkpress_core.domain.jobs import JobId
from bulkpress_core.domain.lanes import PRESS_LANES
from bulkpress_core.settings import Settings
from compression_worker.bootstrap import ProcessDeps
from compression_worker.deps import Deps
from compression_worker.handlers import press_next
from compression_worker.stopping import StopFlag
from tests.support.pdf_factory import features, images
from tests.support.s3 import S3Bucket
from upload_gateway.bootstrap import gateway

NO_PDF = b"no PDF"


@dataclass
class Installation:
    """A gateway, a worker, and the archive of a user beside their own objects."""

    app: FastAPI
    deps: Deps
    archive: S3Bucket

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The gateway's answer."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                return await client.request(method, f"/api/compress/{path}", **more)

        return anyio.run(asked)

    def hand_in(self, **body: Any) -> JobId:
        """The id of a job with this body."""
        answer = self.ask("POST", "bulk", json=body)
        assert answer.status_code == 202, answer.text
        return JobId(answer.json()["job_id"])

    def press_all(self, job_id: JobId) -> dict[str, Any]:
        """The job when a worker has tried each of its files."""
        for _ in range(self.deps.jobs.get(job_id).totals.files):
            for lane in PRESS_LANES:
                press_next(lane, self.deps)
        told: dict[str, Any] = self.ask("GET", f"jobs/{job_id}").json()
        assert told["status"] == "finished"
        return told

    def put(self, key: str, content: bytes) -> None:
        """Have an object in the archive."""
        self.archive.client.put_object(Bucket=self.archive.name, Key=key, Body=content)

    def content(self, prefix: str) -> dict[str, bytes]:
        """All objects of the archive below the prefix, by what follows it."""
        found = self.archive.client.list_objects_v2(Bucket=self.archive.name, Prefix=prefix).get("Contents", ())
        bodies = {one["Key"]: self.archive.client.get_object(Bucket=self.archive.name, Key=one["Key"]) for one in found}
        return {key.removeprefix(prefix): body["Body"].read() for key, body in bodies.items()}

    def url(self, key: str) -> str:
        """The address of a key in the archive."""
        return f"s3://{self.archive.name}/{key}"


@pytest.fixture
def installation(
    redis_url: str, s3_bucket: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """An installation on S3 whose only tenant may use `in/`, `out/` and `lists/` of its archive."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_bucket.server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_bucket.server.secret_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    own = f"{s3_bucket.name}-own"
    s3_bucket.client.create_bucket(Bucket=own)
    prefixes = [f"s3://{s3_bucket.name}/{name}/" for name in ("in", "out", "lists")]
    settings = Settings.model_validate(
        {
            "celery_broker_url": redis_url,
            "celery_result_backend": redis_url,
            "bulkpress_store": f"s3://{own}/bulk",
            "bulkpress_s3_endpoint": s3_bucket.server.endpoint,
            "bulkpress_s3_prefixes": {"default": prefixes},
            "bulkpress_scratch": tmp_path / "scratch",
        }
    )
    process = ProcessDeps(settings, make_celery(settings), StopFlag())
    made = Installation(gateway(settings), process.get(), s3_bucket)
    made.put("in/photo.pdf", images.photo_jpeg(600, 450))
    made.put("in/2024/M\u00e4rz/form + 1.pdf", features.form())
    made.put("in/2024/bad.pdf", NO_PDF)
    made.put("in/2024/notes.txt", NO_PDF)
    made.put("in/2024/", b"")
    try:
        yield made
    finally:
        process.close()


def test_a_tree_becomes_the_same_tree_below_the_target_and_stays_as_it_is(installation: Installation) -> None:
    before = installation.content("in/")
    job_id = installation.hand_in(
        source={"prefix": installation.url("in/")}, target=installation.url("out/"), compression_level="high"
    )
    job = installation.press_all(job_id)
    assert (job["done_count"], job["failed_count"]) == (2, 1)
    results = installation.content("out/")
    assert set(results) == {"photo.pdf", "2024/M\u00e4rz/form + 1.pdf"}
    assert all(content.startswith(b"%PDF") and len(content) < len(before[key]) for key, content in results.items())
    assert job["bytes_in"] == sum(len(before[key]) for key in results)
    assert job["bytes_out"] == sum(map(len, results.values()))
    installation.ask("DELETE", f"jobs/{job_id}")
    assert (installation.content("in/"), installation.content("out/")) == (before, results)


def test_without_a_target_results_are_downloaded_from_the_job(installation: Installation) -> None:
    before = installation.content("in/")
    job_id = installation.hand_in(source={"prefix": installation.url("in/")})
    installation.press_all(job_id)
    answer = installation.ask("GET", f"download/{job_id}")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert set(archive.namelist()) == {"photo.pdf", "2024/M\u00e4rz/form + 1.pdf", "report.csv"}
    installation.ask("DELETE", f"jobs/{job_id}")
    assert installation.content("in/") == before
    assert installation.content("out/") == {}
    assert list(installation.deps.objects.keys("default/")) == []


def test_a_manifest_names_files_one_by_one(installation: Installation) -> None:
    installation.put("lists/m.csv", "key\nin/2024/M\u00e4rz/form + 1.pdf\nin/none.pdf\n".encode())
    source = {"manifest": installation.url("lists/m.csv")}
    job = installation.press_all(installation.hand_in(source=source, target=installation.url("out/")))
    assert [(file["name"], file["reason"]) for file in job["files"]] == [
        ("in/2024/M\u00e4rz/form + 1.pdf", "compressed"),
        ("in/none.pdf", "source_refused"),
    ]
    assert set(installation.content("out/")) == {"in/2024/M\u00e4rz/form + 1.pdf"}


def test_a_job_that_is_cancelled_leaves_all_originals(installation: Installation) -> None:
    before = installation.content("in/")
    job_id = installation.hand_in(source={"prefix": installation.url("in/")}, target=installation.url("out/"))
    installation.ask("POST", f"jobs/{job_id}/cancel")
    installation.press_all(job_id)
    assert (installation.content("in/"), installation.content("out/")) == (before, {})


def test_what_the_operator_has_not_listed_cannot_be_named(installation: Installation) -> None:
    installation.put("private/a.pdf", images.photo_jpeg(60, 45))
    answer = installation.ask("POST", "bulk", json={"source": {"prefix": installation.url("private/")}})
    assert (answer.status_code, answer.json()["code"]) == (403, "prefix_not_allowed")
