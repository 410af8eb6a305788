"""Redis or the store is away while files are handed in: senders are told to come again, no accepted job is lost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bulkpress_core.domain.jobs import FileState, JobId
from tests.chaos.conftest import PART_SIZE_BYTES
from tests.support.faulty_link import FaultyLink
from tests.support.gateway_process import GatewayProcess
from tests.support.services import SCHEDULER, WORKER, System
from tests.support.valkey import ValkeyServer
from tests.support.waiting import until

FILES = 4
BOUNDARY = "frontier"
HEAD = b'--frontier\r\nContent-Disposition: form-data; name="files"; filename="big.pdf"\r\n\r\n'
TAIL = b"\r\n--frontier--\r\n"


@dataclass(frozen=True)
class Part:
    """A part of the system that can go away and come back, and the code of the problem while it is away."""

    go: Callable[[], object]
    come_back: Callable[[], object]
    code: str


@pytest.fixture(params=["redis", "store"])
def part(request: pytest.FixtureRequest, own_valkey: ValkeyServer, link: FaultyLink) -> Part:
    """The part that goes away in this test."""

    def break_link() -> None:
        link.refuse()
        link.cut()

    if request.param == "redis":
        return Part(own_valkey.kill, own_valkey.start, "state_unavailable")
    return Part(break_link, link.heal, "store_unavailable")


def upload(gateway: GatewayProcess, *contents: bytes) -> httpx.Response:
    """The answer to an upload of files with these contents."""
    files = [("files", (f"{number}.pdf", content)) for number, content in enumerate(contents)]
    return httpx.post(f"{gateway.url}/api/compress/bulk", files=files, timeout=60)


def upload_in_pieces(gateway: GatewayProcess, pieces: Iterator[bytes]) -> httpx.Response:
    """The answer to an upload whose body is made as it is sent."""
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return httpx.post(f"{gateway.url}/api/compress/bulk", content=pieces, headers=headers, timeout=60)


def check_told_to_come_again(answer: httpx.Response, part: Part) -> None:
    """503 as problem+json, with the time to wait, and with no word of inner parts."""
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["code"] == part.code
    assert "127.0.0.1" not in answer.text


def accepted(answer: httpx.Response) -> JobId:
    """The id of the job that this answer promises to do."""
    assert answer.status_code == 202, answer.text
    return JobId(answer.json()["job_id"])


def accepted_at_last(gateway: GatewayProcess, *contents: bytes) -> JobId:
    """The id of the job of an upload, sent again as long as its sender is told to come again."""

    def try_it() -> httpx.Response | None:
        answer = upload(gateway, *contents)
        return None if answer.status_code == 503 else answer

    answer = until(try_it, "an upload is accepted")
    assert answer is not None
    return accepted(answer)


def check_all_done(system: System, job_id: JobId, files: int) -> None:
    """The job ends, with all of its files pressed."""
    assert system.wait_for_end(job_id).totals.done == files
    assert set(system.states(job_id)) == {FileState.DONE}


def test_an_upload_in_an_outage_is_told_to_come_again_and_a_job_accepted_before_is_done(
    outaged: System, gateway: GatewayProcess, part: Part, slow_pdf: bytes
) -> None:
    worker, scheduler = outaged.start(WORKER, ready=" ready."), outaged.start(SCHEDULER)
    before = accepted(upload(gateway, *[slow_pdf] * FILES))
    part.go()
    check_told_to_come_again(upload(gateway, slow_pdf), part)
    part.come_back()
    after = accepted_at_last(gateway, slow_pdf)
    check_all_done(outaged, before, FILES)
    check_all_done(outaged, after, 1)
    assert [service.end() for service in (worker, scheduler)] == [0, 0]


def test_an_upload_that_an_outage_breaks_off_is_told_to_come_again_and_harms_no_job(
    outaged: System, gateway: GatewayProcess, part: Part, slow_pdf: bytes
) -> None:
    before = accepted(upload(gateway, slow_pdf))

    def pieces() -> Iterator[bytes]:
        yield HEAD
        yield b"%PDF-" + b"x" * 2 * PART_SIZE_BYTES
        later = datetime.now(UTC) + timedelta(minutes=1)
        until(lambda: outaged.jobs.stalled(untouched_since=later, limit=1), "the upload is under way")
        part.go()
        yield b"x" * 2 * PART_SIZE_BYTES
        yield TAIL

    check_told_to_come_again(upload_in_pieces(gateway, pieces()), part)
    part.come_back()
    after = accepted_at_last(gateway, slow_pdf)
    worker, scheduler = outaged.start(WORKER, ready=" ready."), outaged.start(SCHEDULER)
    check_all_done(outaged, before, 1)
    check_all_done(outaged, after, 1)
    assert [service.end() for service in (worker, scheduler)] == [0, 0]
