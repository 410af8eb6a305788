"""A second real S3 server: versitygw on a folder, a Go program that `make tools` builds. Much faster than Swift."""

import re
import shutil
import socket
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError

from tests.support.s3 import S3Server, folder_with_attributes
from tests.support.valkey import missing_server
from tests.support.waiting import until

BUILT = Path(__file__).parents[2] / ".tools" / "bin" / "versitygw"
START_LIMIT_S = 20.0
ACCESS_LOG = "access.log"
OPERATION = re.compile(r"^(?:\S+ ){2}\[[^]]*\] (?:\S+ ){3}s3_(\w+) ", re.MULTILINE)


@contextmanager
def running_versitygw() -> Iterator[tuple[S3Server, Path]]:
    """A running server with an empty store, and its access log."""
    program = str(BUILT) if BUILT.exists() else shutil.which("versitygw")
    base = folder_with_attributes()
    if program is None or base is None:
        missing_server("versitygw is not there: `make tools` builds it with Go")
    with tempfile.TemporaryDirectory(prefix="bulkpress-s3-", dir=base) as name:
        folder = Path(name)
        (folder / "store").mkdir()
        endpoint = f"127.0.0.1:{_free_port()}"
        server = S3Server(f"http://{endpoint}", "test:tester", "testing")  # Swift's: boto3 remembers
        options = ["--port", endpoint, "--access", server.access_key, "--secret", server.secret_key, "--quiet"]
        log = folder / ACCESS_LOG
        command = [program, *options, "--access-log", str(log), "posix", str(folder / "store")]
        with (
            Path(folder, "log").open("wb") as out,
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out) as process,
        ):
            try:
                _wait_for(server, process, folder / "log")
                yield server, log
            finally:
                process.kill()


def requests_served(access_log: Path) -> Counter[str]:
    """How many requests of each operation the server has answered since it started (Amazon S3 server access log)."""
    return Counter(OPERATION.findall(access_log.read_text(errors="replace")) if access_log.exists() else [])


def _wait_for(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    client = server.client()

    def answers() -> bool:
        if process.poll() is not None:
            pytest.fail(f"versitygw did not start:\n{log.read_text()[-4000:]}")
        with suppress(BotoCoreError):
            client.list_buckets()
            return True
        return False

    until(answers, "versitygw answers", limit_s=START_LIMIT_S)
    client.close()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
