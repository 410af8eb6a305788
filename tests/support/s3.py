"""A real S3 server for tests: one for each test process, an empty bucket for each test."""

import importlib.util
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.support.valkey import missing_server

START_LIMIT_S = 60.0
ROOM_BYTES = 2**30  # objects of a session stay until its end; the /dev/shm of containers is often tiny
REPOSITORY = Path(__file__).parents[2]
NUMBERS = count(1)


@dataclass(frozen=True)
class S3Server:
    """Where the server is and who may use it."""

    endpoint: str
    access_key: str
    secret_key: str

    def client(self, **config: Any) -> Any:
        """A boto3 client for it; `config` goes to botocore's Config."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name="us-east-1",
            config=Config(
                signature_version="s3v4",
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                **{"s3": {"addressing_style": "path"}, "retries": {"total_max_attempts": 2}, **config},
            ),
        )


@dataclass(frozen=True)
class S3Bucket:
    """An empty bucket."""

    server: S3Server
    name: str
    client: Any


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """A running server for the session."""
    with running_s3_server() as server:
        yield server


@contextmanager
def running_s3_server() -> Iterator[S3Server]:
    """A running server: Swift behind its S3 API, in one child process (tests/support/swift_server.py)."""
    if importlib.util.find_spec("swift") is None:
        missing_server("no S3 server is installed: the package `swift` exists for Linux only")
    base = folder_with_attributes()
    if base is None:
        missing_server("Swift keeps metadata in extended attributes, which no temporary folder here has")
    with tempfile.TemporaryDirectory(prefix="bulkpress-s3-", dir=base) as folder:
        command = [sys.executable, "-W", "ignore", "-m", "tests.support.swift_server", folder, str(os.getpid())]
        log_path = Path(folder, "server.log")
        with (
            log_path.open("wb") as log,
            subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, cwd=REPOSITORY, text=True
            ) as process,
        ):
            try:
                endpoint = _first_line(process)
                if not endpoint:
                    pytest.fail(f"the S3 server did not start:\n{log_path.read_text()[-4000:]}")
                yield S3Server(endpoint, "test:tester", "testing")
            finally:
                process.kill()


@contextmanager
def bucket_on(server: S3Server) -> Iterator[S3Bucket]:
    """A bucket of its own, with a client for it."""
    client = server.client()
    name = f"bucket-{next(NUMBERS)}"
    client.create_bucket(Bucket=name)
    yield S3Bucket(server, name, client)
    client.close()


@pytest.fixture
def s3_bucket(s3_server: S3Server) -> Iterator[S3Bucket]:
    """A bucket of this test's own, with a client for it."""
    with bucket_on(s3_server) as bucket:
        yield bucket


def folder_with_attributes() -> str | None:
    """The first temporary folder, memory before disk, with room and user-defined extended attributes (xattr(7))."""
    for base in ("/dev/shm", tempfile.gettempdir(), "/var/tmp", str(REPOSITORY)):  # noqa: S108 - mkdtemp follows
        try:
            if shutil.disk_usage(base).free < ROOM_BYTES:
                continue
            with tempfile.NamedTemporaryFile(dir=base) as probe:
                os.setxattr(probe.name, "user.swift.metadata", b"probe")
        except OSError:
            continue
        return base
    return None


def _first_line(process: subprocess.Popen[str]) -> str:
    """What the server says when it is ready; nothing when it ends or takes too long."""
    said: queue.Queue[str] = queue.Queue()
    assert process.stdout
    threading.Thread(target=lambda out: said.put(out.readline()), args=[process.stdout], daemon=True).start()
    try:
        return said.get(timeout=START_LIMIT_S).strip()
    except queue.Empty:
        return ""
