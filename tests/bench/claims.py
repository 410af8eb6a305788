"""`make bench-claims`: how fast files are claimed of a full queue on a real Valkey, and what memory they take there."""

import argparse
import base64
import hashlib
import multiprocessing
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import redis

from bulkpress_client.local.valkey import ValkeyServer
from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.domain.jobs import FileState, Job, JobFile, Outcome, TenantId, new_job_id
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.options import JobOptions
from bulkpress_engine.options import PressOptions
from bulkpress_engine.press import press
from tests.bench.page import write_between_markers
from tests.support.pdf_factory import images

LANE = Lane.COMPRESSION
LEASE = timedelta(hours=1)
MEASURED_S = 4.0
SETTLED = 20_000


@dataclass(frozen=True)
class Row:
    """One queue, and how fast it was emptied."""

    tenants: int
    waiting: int
    claimers: int
    claims_per_s: float
    server_us: float  # that a claim keeps Valkey's only thread busy
    bytes_per_file: float


def files(job: Job, count: int) -> list[JobFile]:
    """Files as the gateway hands them in: a name, a key and a digest each."""

    def one(number: int) -> JobFile:
        digest = base64.b64encode(hashlib.sha256(f"{job.id} {number}".encode()).digest()).decode().rstrip("=")
        key = f"{job.source_prefix}source/{number}.pdf"
        return JobFile(number, f"scan-{number:06}.pdf", 51_234, key, 123.4, digest)

    return [one(number) for number in range(count)]


def fill(store: RedisJobStore, tenants: int, waiting: int) -> None:
    """Let so many files wait, the same number of each tenant, in one job each."""
    now = datetime.now(UTC)
    for tenant in range(tenants):
        job = Job(new_job_id(), TenantId(f"tenant-{tenant}"), now, now + timedelta(days=1))
        store.create(job)
        store.add_files(job.id, files(job, waiting // tenants + (tenant < waiting % tenants)))
        store.seal(job.id, JobOptions(), now=now)
        store.open(job.id, LANE, now=now)


def claim_for(url: str, seconds: float, taken: Any) -> None:
    """Claim in a loop, in a process of its own, and say how many came."""
    store, count, until = RedisJobStore(redis.Redis.from_url(url)), 0, time.monotonic() + seconds
    while time.monotonic() < until and store.claim(LANE, now=datetime.now(UTC), lease=LEASE) is not None:
        count += 1
    taken.put(count)


def claimed(url: str, claimers: int) -> tuple[float, float]:
    """Claims in a second by so many processes at once, and the microseconds of the server's time for each."""
    taken: Any = multiprocessing.Queue()
    with redis.Redis.from_url(url) as client:
        client.config_resetstat()
        started = time.perf_counter()
        workers = [multiprocessing.Process(target=claim_for, args=(url, MEASURED_S, taken)) for _ in range(claimers)]
        for worker in workers:
            worker.start()
        count = sum(taken.get() for _ in workers)
        passed_s = time.perf_counter() - started
        for worker in workers:
            worker.join()
        said = client.info("commandstats")["cmdstat_evalsha"]
    return count / passed_s, said["usec_per_call"]


def queue(tenants: int, waiting: int, claimers: Sequence[int]) -> Iterator[Row]:
    """The rows of one queue, which is filled once, on a server of its own."""
    with fresh_server() as url:
        with redis.Redis.from_url(url) as client:
            store = RedisJobStore(client)
            before = used_bytes(client)
            fill(store, tenants, waiting)
            each = (used_bytes(client) - before) / waiting
        for count in claimers:
            rate, server_us = claimed(url, count)
            yield Row(tenants, waiting, count, rate, server_us, each)


@contextmanager
def fresh_server() -> Iterator[str]:
    """The URL of a Valkey that has held nothing yet: what was deleted leaves memory behind."""
    with TemporaryDirectory() as name, ValkeyServer(Path(name, "valkey"), append_only=False) as valkey:
        yield valkey.url


def used_bytes(client: redis.Redis) -> int:
    """What the server has allocated for data and for itself."""
    told: Any = client.info("memory")
    return int(told["used_memory"])


def settled(*, known: bool) -> tuple[float, float]:
    """Memory that a settled file takes, with or without the name under which later jobs find its result; and the
    microseconds of the server's time for its claim and its settlement together."""
    outcome = pressed()
    with fresh_server() as url, redis.Redis.from_url(url) as client:
        store = RedisJobStore(client)
        before = used_bytes(client)
        fill(store, 1, SETTLED)
        client.config_resetstat()
        while claim := store.claim(LANE, now=datetime.now(UTC), lease=LEASE):
            own = replace(outcome, result_key=claim.result_key)
            name = hashlib.sha256(claim.file.digest.encode()).hexdigest()[:22] if known else ""
            store.settle(claim, own, now=datetime.now(UTC), known_as=name)
        told: Any = client.info("commandstats")
        return (used_bytes(client) - before) / SETTLED, told["cmdstat_evalsha"]["usec"] / SETTLED


def pressed() -> Outcome:
    """What the engine says of a scan, as an outcome."""
    with TemporaryDirectory() as name:
        source, target = Path(name, "in.pdf"), Path(name, "out.pdf")
        source.write_bytes(images.colour_scan(2))
        report = press(source, target, PressOptions())
        return Outcome(
            FileState.DONE,
            report.reason,
            bytes_out=report.bytes_out,
            seconds=report.seconds,
            decisions=report.decisions,
            crc32=zlib.crc32(target.read_bytes()),
        )


def page(rows: Sequence[Row], alone: tuple[float, float], known: tuple[float, float]) -> str:
    """The tables."""
    lines = [
        "Made by `make bench-claims` on a Valkey of its own; the claimers are processes on the same cores.",
        "",
        "| tenants | files waiting | claimers | claims/s | of Valkey's thread | so most/s | memory of a waiting file |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {row.tenants:,} | {row.waiting:,} | {row.claimers} | {row.claims_per_s:,.0f} | {row.server_us:.0f} µs "
        f"| {1e6 / row.server_us:,.0f} | {row.bytes_per_file:.0f} B |"
        for row in rows
    ]
    lines += [
        "",
        f"A settled file takes {alone[0]:.0f} B, {known[0]:.0f} B with the name under which its result is found. Its",
        f"claim and its settlement together keep Valkey's thread busy for {known[1]:.0f} µs.",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure, print, and put the tables into the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--most", type=int, default=1_000_000, help="files that wait in the largest queue")
    options.add_argument("--docs", type=Path, default=Path("docs/explanation/benchmarks.md"))
    asked = options.parse_args()
    shapes = [(1, asked.most // 10), (100, asked.most // 10), (10_000, asked.most // 10), (10_000, asked.most)]
    rows = [row for tenants, waiting in shapes for row in queue(tenants, waiting, (1, 8))]
    rows += queue(1, asked.most, (1, 8, 64))
    text = page(rows, settled(known=False), settled(known=True))
    sys.stdout.write(text)
    write_between_markers(asked.docs, "bench-claims", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
