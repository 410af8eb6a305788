"""Where files are pressed: the bare engine, the system on embedded defaults, the system on Valkey and an S3 server."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bulkpress_client.local.options import PORTS, StackOptions
from bulkpress_client.local.run_record import SUPERVISOR, RunRecord
from bulkpress_client.local.stack import LocalStack
from bulkpress_client.local.valkey import ValkeyServer
from tests.support.versitygw import running_versitygw

BUCKET = "bench"
EMBEDDED, ON_S3 = "embedded defaults", "Valkey and S3"


@dataclass(frozen=True)
class Place:
    """A running system."""

    name: str
    gateway_url: str
    ready_s: float  # from the command to the last part's being ready
    redis_url: str
    parts: dict[str, psutil.Process]  # the first process of each
    s3_log: Path | None = None  # of the S3 server's requests


@dataclass(frozen=True)
class Bare:
    """What `bulkpress compress` takes, from its start to its end."""

    wall_s: float
    cpu_s: float


def bare(paths: Sequence[Path], out: Path, jobs: int) -> Bare:
    """Press the files with no server."""
    program = Path(sys.executable).with_name("bulkpress")
    command = [str(program), "compress", str(paths[0].parent), "-o", f"{out}/"]
    started, before = time.perf_counter(), _cpu_of_children()
    subprocess.run([*command, "--jobs", str(jobs)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Bare(time.perf_counter() - started, _cpu_of_children() - before)


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def embedded(folder: Path, workers: int) -> Iterator[Place]:
    """The system as `bulkpress up` starts it, with all that it keeps in the folder."""
    with _started(folder, workers, {}) as (stack, ready_s):
        yield Place(EMBEDDED, stack.gateway_url, ready_s, stack.addresses["redis"], _parts(stack))


@contextmanager
def on_s3(folder: Path, workers: int) -> Iterator[Place]:
    """The same with a Valkey and an S3 server of their own."""
    with running_versitygw() as (server, s3_log), ValkeyServer(folder / "valkey") as valkey:
        server.client().create_bucket(Bucket=BUCKET)
        settings = {
            "CELERY_BROKER_URL": valkey.url,
            "BULKPRESS_STATE_URL": f"{valkey.url.removesuffix('/0')}/1",
            "BULKPRESS_STORE": f"s3://{BUCKET}",
            "BULKPRESS_S3_ENDPOINT": server.endpoint,
            "AWS_ACCESS_KEY_ID": server.access_key,
            "AWS_SECRET_ACCESS_KEY": server.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        with _started(folder / "home", workers, settings) as (stack, ready_s):
            parts = _parts(stack) | {"valkey": psutil.Process(valkey.pid)}
            yield Place(ON_S3, stack.gateway_url, ready_s, valkey.url, parts, s3_log)


@contextmanager
def _started(home: Path, workers: int, settings: dict[str, str]) -> Iterator[tuple[LocalStack, float]]:
    others = ("BULKPRESS_", "CELERY_", "AWS_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(others)} | settings
    options = StackOptions(home, dict.fromkeys(PORTS, 0), concurrency=workers)
    started = time.perf_counter()
    with LocalStack(options, inherited) as stack:
        yield stack, time.perf_counter() - started


def _parts(stack: LocalStack) -> dict[str, psutil.Process]:
    record = RunRecord.read(stack.home)
    if record is None:
        raise SystemExit("the system left no record of its processes")
    return {name: psutil.Process(one.pid) for name, one in record.processes.items() if name != SUPERVISOR}
