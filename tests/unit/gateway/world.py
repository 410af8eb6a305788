"""A gateway on a real job store, a queue in memory and a folder of objects, a client for it, and a hand to end jobs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import anyio
import httpx
import redis
from fastapi import FastAPI

from bulkpress_core.adapters.folder_objects import FolderObjectStore
from bulkpress_core.adapters.memory_queue import MemoryTaskQueue
from bulkpress_core.adapters.redis_actions import RedisActionLog
from bulkpress_core.adapters.redis_idempotency import RedisIdempotencyKeys
from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.adapters.redis_limiter import RedisLimiter
from bulkpress_core.adapters.redis_webhooks import RedisWebhookOutbox
from bulkpress_core.domain.actions import Action
from bulkpress_core.domain.errors import QueueUnavailableError, StateUnavailableError, StoreUnavailableError
from bulkpress_core.domain.jobs import Claim, FileState, Job, JobId, Outcome, TenantId
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.limits import TenantLimits
from bulkpress_core.domain.stories import Told
from upload_gateway.app import create_app
from upload_gateway.auditing import Auditor
from upload_gateway.bulk_compression_service import BulkCompressionService
from upload_gateway.callers import EVERYBODY
from upload_gateway.idempotency import OnceOnly
from upload_gateway.intake import IntakeLimits
from upload_gateway.parts import Parts
from upload_gateway.tenant_limits import Gate
from upload_gateway.webhook_messages import WebhookMessages

NOW = datetime(2100, 1, 1, 12, 0, tzinfo=UTC)  # far off: Redis forgets what is past
LEASE = timedelta(minutes=1)
BOUNDARY = "frontier"
MULTIPART: Mapping[str, str | bytes] = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
LIMITS = IntakeLimits(
    max_file_bytes=1_000_000,
    max_files=50,
    expires_in=timedelta(hours=24),
    max_expires_in=timedelta(days=7),
    weights={"gold": 3.0},
)
TENANT = EVERYBODY.tenant

End = Callable[[Claim], Outcome]


class Jobs(RedisJobStore):
    """A job store that can be put out of reach, and that counts what it was asked."""

    def __init__(self, client: redis.Redis) -> None:
        super().__init__(client)
        self.reachable = True
        self.batches: list[int] = []
        self.pages: list[int] = []

    def create(self, job: Job) -> None:
        self._reach()
        super().create(job)

    def add_files(self, job_id: JobId, files: Any, *, most_open: int | None = None) -> None:
        self._reach()
        self.batches.append(len(files))
        super().add_files(job_id, files, most_open=most_open)

    def get(self, job_id: JobId) -> Job:
        self._reach()
        return super().get(job_id)

    def files(self, job_id: JobId, *, start: int = 0, stop: int | None = None) -> Any:
        page = super().files(job_id, start=start, stop=stop)
        self.pages.append(len(page))
        return page

    def story(self, job_id: JobId, *, after: int = 0, limit: int) -> Told:
        self._reach()
        return super().story(job_id, after=after, limit=limit)

    def delete(self, job_id: JobId, **how: Any) -> None:
        self._reach()
        super().delete(job_id, **how)

    def check(self) -> None:
        self._reach()

    def _reach(self) -> None:
        if not self.reachable:
            raise StateUnavailableError("redis://secret-host:6379 does not answer")


class _FailingWriter:
    """Takes some bytes, then finds its store gone."""

    def __init__(self, room_bytes: int) -> None:
        self._room_bytes = room_bytes

    def write(self, chunk: bytes) -> None:
        self._room_bytes -= len(chunk)
        if self._room_bytes < 0:
            raise StoreUnavailableError("s3://secret-host does not answer")

    def commit(self) -> int:
        raise StoreUnavailableError("s3://secret-host does not answer")

    def __enter__(self) -> "_FailingWriter":
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing was kept."""


class Objects(FolderObjectStore):
    """A folder of objects that can be put out of reach, and can fail in the middle of a file."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.reachable = True
        self.fails_at: tuple[str, int] | None = None  # end of a key, bytes it still takes
        self.url: str | None = None

    def writer(self, key: str) -> Any:
        if self.fails_at and key.endswith(self.fails_at[0]):
            return _FailingWriter(self.fails_at[1])
        return super().writer(key)

    def check(self) -> None:
        if not self.reachable:
            raise StoreUnavailableError("s3://secret-host does not answer")

    def delete_prefix(self, prefix: str) -> int:
        self.check()
        return super().delete_prefix(prefix)

    def presigned_get(  # type: ignore[override]  # a folder never has a URL, this fake of S3 may
        self, key: str, *, expires_in: timedelta, file_name: str
    ) -> str | None:
        return f"{self.url}/{key}" if self.url else None


class Queue(MemoryTaskQueue):
    """A task queue whose broker can be put out of reach."""

    def __init__(self) -> None:
        super().__init__()
        self.reachable = True

    def announce(self, job_id: JobId, lane: Lane = Lane.COMPRESSION) -> str:
        self.check()
        return super().announce(job_id, lane)

    def ring(self, lane: Lane, bells: int) -> None:
        self.check()
        super().ring(lane, bells)

    def check(self) -> None:
        if not self.reachable:
            raise QueueUnavailableError("redis://secret-host:6379 does not answer")


class Actions(RedisActionLog):
    """An audit log that can be put out of reach."""

    reachable = True

    def add(self, tenant: TenantId, action: Action) -> None:
        if not self.reachable:
            raise StateUnavailableError
        super().add(tenant, action)


@dataclass
class World:
    """Everything a test of the gateway may want to look at or to break."""

    root: Path
    client: redis.Redis
    limits: IntakeLimits = LIMITS
    queue: Queue = field(default_factory=Queue)
    time: datetime = NOW
    tenant_limits: dict[str, TenantLimits] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.jobs = Jobs(self.client)
        self.objects = Objects(self.root)
        self.service = BulkCompressionService(
            self.jobs, self.objects, self.queue, limits=self.limits, clock=lambda: self.time, seal=_reversed
        )
        self.outbox = RedisWebhookOutbox(self.client)
        webhooks = WebhookMessages(self.outbox, self.queue, ["s" * 32], lambda: self.time)
        self.limiter = RedisLimiter(self.client)
        gate = Gate(self.limiter, lambda tenant: self.tenant_limits.get(tenant, TenantLimits()), lambda: self.time)
        self.actions = Actions(self.client, most=1000)
        auditor = Auditor(self.actions, lambda: self.time)
        once_only = OnceOnly(RedisIdempotencyKeys(self.client), lambda: self.time)
        self.parts = Parts(self.service, webhooks, gate, once_only, self.actions, auditor)
        self.app: FastAPI = create_app(self.parts)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request through the app. An error that the app does not answer is raised here."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                return await client.request(method, path, **more)

        return anyio.run(ask)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def upload(self, files: Iterable[tuple[str, bytes]], **fields: str) -> httpx.Response:
        """An upload as httpx makes it: the fields before the files."""
        parts = [("files", (name, content)) for name, content in files]
        return self.request("POST", "/api/compress/bulk", files=parts, data=fields)

    def upload_raw(self, body: bytes, headers: Mapping[str, str | bytes] = MULTIPART, piece: int = 0) -> httpx.Response:
        """An upload whose body is sent as it is, in pieces of that many bytes."""

        async def pieces() -> Any:
            for at in range(0, len(body), piece):
                yield body[at : at + piece]

        return self.request("POST", "/api/compress/bulk", content=pieces() if piece else body, headers=headers)

    def accepted(self, *files: tuple[str, bytes]) -> JobId:
        """The id of a job that was uploaded with these files."""
        answer = self.upload(files)
        assert answer.status_code == 202, answer.text
        return JobId(answer.json()["job_id"])

    def end(self, job_id: JobId, *ends: End) -> None:
        """Open the job and end its first files so."""
        self.jobs.open(job_id, Lane.COMPRESSION, now=NOW)
        for end in ends:
            claim = self.jobs.claim(Lane.COMPRESSION, now=NOW, lease=LEASE)
            assert claim
            self.jobs.settle(claim, end(claim), now=NOW + timedelta(seconds=3))

    def done(self, result: bytes) -> End:
        """The file became `result`."""

        def outcome(claim: Claim) -> Outcome:
            key = f"{claim.tenant}/{claim.job_id}/result/{claim.file.number}.pdf"
            with self.objects.writer(key) as writer:
                writer.write(result)
                writer.commit()
            told: dict[str, Any] = {"result_key": key, "bytes_out": len(result), "crc32": crc32(result)}
            return Outcome(FileState.DONE, "compressed", decisions={"images.recoded": 2}, **told)

        return outcome

    def stored(self) -> list[str]:
        """All that lies in the object store, whole or not."""
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file())

    def recorded(self) -> list[str]:
        """The ids of all jobs there are."""
        return [key.rpartition(b":")[2].decode() for key in self.client.scan_iter(b"bulkpress:job:*")]


def _reversed(text: str) -> str:
    """Stands for encryption: sealed, a text is not found as it was."""
    return text[::-1]


def kept(claim: Claim) -> Outcome:
    """The original was already best. No checksum is recorded: so did workers before they took any."""
    return Outcome(FileState.KEPT, "already_small", result_key=claim.file.source_key, bytes_out=claim.file.size_bytes)


def failed(claim: Claim) -> Outcome:
    """The file was no PDF."""
    return Outcome(FileState.FAILED, "not_a_pdf", "The file is not a PDF.")


def part(headers: str, content: bytes = b"") -> bytes:
    """One part of a multipart body, with its headers as given."""
    return f"--{BOUNDARY}\r\n{headers}\r\n\r\n".encode() + content + b"\r\n"


def file_part(name: str, content: bytes, field: str = "files") -> bytes:
    """A file as browsers send it."""
    return part(f'Content-Disposition: form-data; name="{field}"; filename="{name}"', content)


def field_part(name: str, value: str) -> bytes:
    """A form field."""
    return part(f'Content-Disposition: form-data; name="{name}"', value.encode())


def body(*parts: bytes) -> bytes:
    """A whole multipart body."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem in the answer, after checking that it is one, of this status and code, in due form (RFC 9457)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    assert told["code"] == code
    assert told["type"] == f"urn:bulkpress:problem:{code}"
    assert told["title"]
    assert told["detail"]
    return told


def in_pieces(content: bytes, size: int) -> Iterator[bytes]:
    """The content in pieces of that size."""
    return (content[at : at + size] for at in range(0, len(content), size))
