"""Uploads through the gateway against boto3 straight to the same S3 server, in one run: `make bench-gateway`.

One multipart upload of GIB gibibytes, and one of FILES files; the gateway's resident memory is watched meanwhile. Every
body is made as it is sent, so that neither side reads a disk.
"""

import argparse
import http.client
import io
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from bulkpress_client.local.valkey import ValkeyServer
from tests.bench.page import write_between_markers
from tests.support.gateway_process import GatewayProcess
from tests.support.s3 import S3Server, running_s3_server

CONTENT = b"%PDF-1.7\n" + bytes(range(256)) * 2**16  # longer than any piece that is asked for
PIECE_BYTES = 256 * 1024
BOUNDARY = "frontier"
GIB = 2**30
SMALL_BYTES = 50_000
TOGETHER, TOGETHER_BYTES = 200, 2 * 2**20
AWAITED = 10_000
BUCKET = "bench"
NO_QUOTAS = {"BULKPRESS_UPLOADS_AT_ONCE": "0"}
SAMPLED_EVERY_S = 0.05


@dataclass(frozen=True)
class Row:
    """One way to send one load."""

    load: str
    way: str
    mib_per_s: float
    rss_growth_mib: float | None = None


class Body(io.RawIOBase):
    """So many bytes that begin like a PDF, made as they are read."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__()
        self._left = size_bytes

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; none at the end."""
        piece = CONTENT[: min(self._left, PIECE_BYTES if size < 0 else size)]
        self._left -= len(piece)
        return piece


def pieces_of(files: int, size_bytes: int) -> Iterator[bytes]:
    """A multipart body of so many files of that size."""
    for number in range(files):
        yield (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{number}.pdf"\r\n\r\n'.encode()
        )
        body = Body(size_bytes)
        while piece := body.read():
            yield piece
        yield b"\r\n"
    yield f"--{BOUNDARY}--\r\n".encode()


def through_gateway(port: int, files: int, size_bytes: int) -> None:
    """Send the files as one job."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    connection.request("POST", "/api/compress/bulk", pieces_of(files, size_bytes), headers, encode_chunked=True)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status != 202:
        raise SystemExit(f"the gateway answered {answer.status}: {said[:400]!r}")


def all_at_once(port: int, uploads: int, size_bytes: int) -> None:
    """Send so many files as jobs of their own, a piece of each in turn, so that all are under way together."""
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=600) for _ in range(uploads)]
    for connection in connections:
        connection.putrequest("POST", "/api/compress/bulk")
        connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
    bodies = [pieces_of(1, size_bytes) for _ in connections]
    for pieces in zip(*bodies, strict=True):
        for connection, piece in zip(connections, pieces, strict=True):
            connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))
    for connection in connections:
        connection.send(b"0\r\n\r\n")
    for connection in connections:
        status = connection.getresponse().status
        connection.close()
        if status != 202:
            raise SystemExit(f"the gateway answered {status} to one of {uploads} uploads at once")


def straight(server: S3Server, files: int, size_bytes: int) -> None:
    """Send the files with boto3, one after another, each as its TransferManager has it."""
    client = server.client(read_timeout=600)
    for number in range(files):
        client.upload_fileobj(Body(size_bytes), BUCKET, f"straight/{number}.pdf")
    client.close()


def emptied(server: S3Server) -> None:
    """Make room: both ways store the same bytes."""
    client = server.client()
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for found in page.get("Contents", ()):
            client.delete_object(Bucket=BUCKET, Key=found["Key"])
    client.close()


def watched(process: psutil.Process, work: Callable[[], None]) -> float:
    """Do the work; return by how many MiB the process grew above what it had before."""
    before = peak = process.memory_info().rss
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(SAMPLED_EVERY_S):
            peak = max(peak, process.memory_info().rss)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        work()
    finally:
        done.set()
        thread.join()
    return (peak - before) / 2**20


def measured(server: S3Server, gateway: GatewayProcess, load: str, files: int, size_bytes: int) -> list[Row]:
    """Both ways, boto3 before and after, so that what the machine does meanwhile falls on both."""
    mib = files * size_bytes / 2**20

    def timed(work: Callable[[], None]) -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    first_s = timed(lambda: straight(server, files, size_bytes))
    emptied(server)
    growth = 0.0

    def watched_upload() -> None:
        nonlocal growth
        growth = watched(psutil.Process(gateway.process.pid), lambda: through_gateway(gateway.port, files, size_bytes))

    gateway_s = timed(watched_upload)
    emptied(server)
    second_s = timed(lambda: straight(server, files, size_bytes))
    emptied(server)
    straight_s = (first_s + second_s) / 2
    return [
        Row(load, "boto3 straight to the S3 server", mib / straight_s),
        Row(load, "through the gateway", mib / gateway_s, growth),
    ]


def together(server: S3Server, gateway: GatewayProcess, uploads: int) -> Row:
    """Many uploads at once: what they take of the gateway's memory."""
    mib = uploads * TOGETHER_BYTES / 2**20
    started = time.perf_counter()
    process = psutil.Process(gateway.process.pid)
    growth = watched(process, lambda: all_at_once(gateway.port, uploads, TOGETHER_BYTES))
    passed_s = time.perf_counter() - started
    emptied(server)
    return Row(
        f"{uploads} uploads of {TOGETHER_BYTES / 2**20:g} MiB at once", "through the gateway", mib / passed_s, growth
    )


def awaited(gateway: GatewayProcess, files: int) -> Row:
    """A job of files that the client will upload straight to the store, in one request."""
    body = json.dumps({"files": [{"name": f"{number}.pdf", "size_bytes": SMALL_BYTES} for number in range(files)]})

    def hand_in() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=600)
        connection.request("POST", "/api/compress/bulk", body, {"Content-Type": "application/json"})
        if (status := connection.getresponse().status) != 202:
            raise SystemExit(f"the gateway answered {status} to a job of {files} files to be uploaded")
        connection.close()

    started = time.perf_counter()
    growth = watched(psutil.Process(gateway.process.pid), hand_in)
    passed_s = time.perf_counter() - started
    return Row(f"{files:,} files announced in one request", f"answered in {passed_s:.1f} s", 0.0, growth)


def page(rows: list[Row]) -> str:
    """The table, with each way's share of boto3's throughput."""
    lines = [
        "Made by `make bench-gateway`: both ways in one run, to one S3 server (OpenStack Swift with its S3 API), on",
        f"{os.cpu_count()} cores. boto3's figure is the mean of a run before and one after the gateway's.",
        "",
        "| load | way | throughput / boto3 | growth of the gateway's resident memory |",
        "| --- | --- | ---: | ---: |",
    ]
    of_boto3 = {row.load: row.mib_per_s for row in rows if row.rss_growth_mib is None}
    for row in rows:
        grown = "" if row.rss_growth_mib is None else f"{row.rss_growth_mib:.0f} MiB"
        share = f"{row.mib_per_s / of_boto3[row.load]:.2f}" if row.load in of_boto3 else ""
        lines.append(f"| {row.load} | {row.way} | {share} | {grown} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure, print, and put the table into the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--gib", type=float, default=5.0)
    options.add_argument("--files", type=int, default=2000)
    options.add_argument("--docs", type=Path, default=Path("docs/explanation/benchmarks.md"))
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as name, running_s3_server() as server, ValkeyServer(Path(name, "v")) as valkey:
        server.client().create_bucket(Bucket=BUCKET)
        os.environ |= {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}
        settings = {"BULKPRESS_S3_ENDPOINT": server.endpoint, "BULKPRESS_MAX_FILE_BYTES": str(100 * GIB)} | NO_QUOTAS
        fresh = partial(GatewayProcess, valkey.url, f"s3://{BUCKET}", Path(name, "log"), **settings)
        with fresh() as gateway:
            through_gateway(gateway.port, 2, SMALL_BYTES)  # whatever the first upload loads is no growth
            emptied(server)
            rows = measured(server, gateway, f"one file of {asked.gib:g} GiB", 1, int(asked.gib * GIB))
            rows += measured(server, gateway, f"{asked.files:,} files of 50 kB", asked.files, SMALL_BYTES)
        with fresh() as gateway:  # what one load has grown to would hide what the next takes
            through_gateway(gateway.port, 2, SMALL_BYTES)
            rows += [awaited(gateway, AWAITED), together(server, gateway, TOGETHER)]
    sys.stdout.write(page(rows))
    write_between_markers(asked.docs, "bench-gateway", page(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
