"""Downloads from gateways as they run: broken off, gone on with, at another replica, over one connection."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from random import Random
from typing import BinaryIO
from zipfile import ZipFile
from zlib import crc32

import httpx
import pytest
from pydantic import SecretStr

from bulkpress_core.adapters.connect import job_store, object_store
from bulkpress_core.domain.jobs import FileState, JobId, Outcome
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.settings import Settings
from tests.support.faulty_link import FaultyLink
from tests.support.gateway_process import GatewayProcess
from tests.support.jobs import LEASE, NOW
from tests.support.valkey import ValkeyServer
from tests.support.waiting import until

MIB = 2**20
# More than the sockets on the way hold between them, or a download would be whole before it can be cut.
LONG = 3
RESULTS = [Random(number).randbytes((24 if number == LONG else 1) * MIB + number) for number in range(5)]
CUT_AFTER_BYTES = 2 * MIB


@pytest.fixture(scope="module")
def running(
    valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[GatewayProcess, GatewayProcess]]:
    """Two replicas, for all tests: they keep no state of their own."""
    folder = tmp_path_factory.mktemp("replicas")
    with (
        GatewayProcess(valkey.url, folder / "store", folder / "one.log") as one,
        GatewayProcess(valkey.url, folder / "store", folder / "other.log") as other,
    ):
        yield one, other


@pytest.fixture
def gateways(running: tuple[GatewayProcess, GatewayProcess], redis_url: str) -> tuple[GatewayProcess, GatewayProcess]:
    """The same on an empty Redis."""
    return running


@pytest.fixture
def settings(redis_url: str, gateways: tuple[GatewayProcess, GatewayProcess]) -> Settings:
    """What the gateways were told."""
    return Settings(celery_broker_url=SecretStr(redis_url), bulkpress_store=gateways[0].store)


@pytest.fixture
def job_id(gateways: tuple[GatewayProcess, GatewayProcess], settings: Settings) -> JobId:
    """A job whose files became RESULTS."""
    parts = [("files", (f"{number}.pdf", b"%PDF-" + bytes([number]))) for number in range(len(RESULTS))]
    made = JobId(httpx.post(f"{gateways[0].url}/api/compress/bulk", files=parts, timeout=60).json()["job_id"])
    jobs, objects = job_store(settings), object_store(settings)
    jobs.open(made, Lane.COMPRESSION, now=NOW)
    for result in RESULTS:
        claim = jobs.claim(Lane.COMPRESSION, now=NOW, lease=LEASE)
        assert claim
        with objects.writer(claim.result_key) as writer:
            writer.write(result)
            writer.commit()
        told = (claim.result_key, len(result))
        jobs.settle(claim, Outcome(FileState.DONE, "compressed", "", *told, crc32=crc32(result)), now=NOW)
    return made


def save_until_cut(url: str, file: BinaryIO, link: FaultyLink) -> None:
    """Download over the link, which breaks on the way."""
    with httpx.stream("GET", url, timeout=60) as answer:
        for piece in answer.iter_raw():
            file.write(piece)
            if file.tell() > CUT_AFTER_BYTES:
                link.cut()


def resumed_by_curl(url: str, partial: Path, _tag: str) -> tuple[str, int]:
    """Status and length of the answer that curl appended."""
    told = subprocess.run(
        ["curl", "-sS", "-C", "-", "-o", partial, "-w", "%{http_code} %{size_download}", url],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    status, size = told.stdout.split()
    return status, int(size)


def resumed_by_httpx(url: str, partial: Path, tag: str) -> tuple[str, int]:
    """The same with a client that also makes sure of the version."""
    headers = {"Range": f"bytes={partial.stat().st_size}-", "If-Range": tag}
    answer = httpx.get(url, headers=headers, timeout=60)
    with partial.open("ab") as file:
        file.write(answer.content)
    return str(answer.status_code), len(answer.content)


@pytest.mark.parametrize("resumed", [resumed_by_httpx, *([resumed_by_curl] if shutil.which("curl") else [])])
@pytest.mark.parametrize("what", ["download/{}", "jobs/{}/files/3/download"], ids=["zip", "pdf"])
def test_a_download_that_the_network_broke_goes_on_at_another_replica_to_the_same_bytes(
    gateways: tuple[GatewayProcess, GatewayProcess],
    job_id: JobId,
    tmp_path: Path,
    what: str,
    resumed: Callable[[str, Path, str], tuple[str, int]],
) -> None:
    path = "/api/compress/" + what.format(job_id)
    whole = httpx.get(gateways[0].url + path, timeout=60)
    partial = tmp_path / "partial"
    with FaultyLink(gateways[0].port) as link, partial.open("wb") as file, pytest.raises(httpx.TransportError):
        save_until_cut(f"http://127.0.0.1:{link.port}{path}", file, link)
    begun = partial.stat().st_size
    assert CUT_AFTER_BYTES < begun < len(whole.content)
    status, length = resumed(gateways[1].url + path, partial, whole.headers["etag"])
    assert (status, length) == ("206", len(whole.content) - begun)
    assert partial.read_bytes() == whole.content


def test_the_zip_holds_what_was_stored(gateways: tuple[GatewayProcess, GatewayProcess], job_id: JobId) -> None:
    answer = httpx.get(f"{gateways[0].url}/api/compress/download/{job_id}", timeout=60)
    archive = ZipFile(BytesIO(answer.content))
    assert [archive.read(f"{number}.pdf") for number in range(len(RESULTS))] == RESULTS
    assert archive.testzip() is None
    assert len(archive.read("report.csv").splitlines()) == 1 + len(RESULTS)


def test_the_same_download_gets_the_same_bytes_and_tag_from_every_replica(
    gateways: tuple[GatewayProcess, GatewayProcess], job_id: JobId
) -> None:
    one, other = (httpx.get(f"{gateway.url}/api/compress/download/{job_id}", timeout=60) for gateway in gateways)
    assert one.content == other.content
    assert one.headers["etag"] == other.headers["etag"]


def test_after_a_head_the_connection_serves_on(gateways: tuple[GatewayProcess, GatewayProcess], job_id: JobId) -> None:
    waiting = httpx.post(f"{gateways[0].url}/api/compress/bulk", files=[("files", ("a.pdf", b"%PDF-"))], timeout=60)
    with httpx.Client(base_url=gateways[0].url, timeout=60) as client:
        for path in (f"download/{job_id}", f"jobs/{waiting.json()['job_id']}/events", f"jobs/{job_id}"):
            head = client.head(f"/api/compress/{path}")
            assert (head.status_code, head.content) == (200, b"")
        part = client.get(f"/api/compress/jobs/{job_id}/files/1/download", headers={"Range": "bytes=-5"})
        assert part.content == RESULTS[1][-5:]
    answered = [event for event in gateways[0].events if event["event"] == "request.answered"]
    assert {event["client"] for event in answered if event["method"] == "HEAD"} == {"127.0.0.1"}


def test_a_result_that_vanishes_in_mid_download_breaks_the_connection(
    gateways: tuple[GatewayProcess, GatewayProcess], job_id: JobId, settings: Settings
) -> None:
    gone = Path(settings.bulkpress_store) / f"default/{job_id}/result/4.pdf"
    with httpx.stream("GET", f"{gateways[0].url}/api/compress/download/{job_id}", timeout=60) as answer:
        pieces = answer.iter_raw()
        next(pieces)
        gone.unlink()
        with pytest.raises(httpx.RemoteProtocolError):
            list(pieces)
        assert 0 < answer.num_bytes_downloaded < int(answer.headers["content-length"])
    until(lambda: [one for one in gateways[0].events if one["event"] == "answer.broken_off"], "it is told in the log")
