"""Gateway and worker as they are wired, on a real Valkey and a real S3 server, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
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
from tests.support.s3 import S3Bucket
from upload_gateway.bootstrap import gateway


@dataclass
class Installation:
    """A gateway and a worker."""

    app: FastAPI
    deps: Deps

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

    def press(self, job_id: JobId) -> dict[str, Any]:
        """The job when a worker has tried each file of it that waits."""
        for _ in range(self.deps.jobs.get(job_id).totals.files):
            for lane in PRESS_LANES:
                press_next(lane, self.deps)
        told: dict[str, Any] = self.ask("GET", f"jobs/{job_id}").json()
        return told

    def press_all(self, job_id: JobId) -> dict[str, Any]:
        """The same, when that ends it."""
        told = self.press(job_id)
        assert told["status"] == "finished"
        return told


@contextmanager
def installed(
    redis_url: str, bucket: S3Bucket, scratch: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any
) -> Iterator[Installation]:
    """An installation that keeps its objects in a bucket of its own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", bucket.server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", bucket.server.secret_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    own = f"{bucket.name}-own"
    bucket.client.create_bucket(Bucket=own)
    made = Settings.model_validate(
        {
            "celery_broker_url": redis_url,
            "celery_result_backend": redis_url,
            "bulkpress_store": f"s3://{own}/bulk",
            "bulkpress_s3_endpoint": bucket.server.endpoint,
            "bulkpress_scratch": scratch,
            **settings,
        }
    )
    process = ProcessDeps(made, make_celery(made), StopFlag())
    try:
        yield Installation(gateway(made), process.get())
    finally:
        process.close()
