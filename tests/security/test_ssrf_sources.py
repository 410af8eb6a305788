"""Server-side request forgery by the addresses of files: the whole way of a file, from the job to how it ends.

What the guard refuses in all its spellings is tried in test_ssrf.py; here, that no file gets around it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from bulkpress_core.adapters.public_http import PublicHttp, Resolve, resolved
from bulkpress_core.domain.jobs import FileState, JobFile
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.origins import SOURCE_URL
from compression_worker.handlers import press_next
from tests.support.web_server import Answer, WebServer, web_server
from tests.unit.worker.conftest import Worker
from tests.unit.worker.conftest import worker as worker  # noqa: PLC0414 - the fixture
from tests.unit.worker.test_fetching import opened

LOOPBACK = ip_network("127.0.0.0/8")
PDF = b"%PDF-1.7 of somebody inside"


@pytest.fixture
def inside() -> Iterator[WebServer]:
    """A server that nobody outside may reach, and that has a PDF."""
    with web_server() as server:
        server.answer = lambda _: Answer(body=PDF)
        yield server


def ended(worker: Worker, url: str, resolve: Resolve = resolved) -> JobFile:
    """The file at this address after one attempt of a worker that may ask nobody inside."""
    worker.deps = replace(worker.deps, web=PublicHttp(resolve=resolve))
    job_id = opened(worker, url)
    press_next(Lane.EXPRESS, worker.deps)
    return worker.file(job_id)


def assert_refused(worker: Worker, file: JobFile) -> None:
    """It failed at once, nothing was pressed, and nothing is left that could be downloaded."""
    assert file.outcome
    assert (file.state, file.outcome.reason, file.outcome.result_key) == (FileState.FAILED, "source_refused", None)
    assert worker.presser.options == []
    assert list(worker.objects.keys("acme/")) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1"])
def test_a_file_inside_is_not_fetched_however_its_host_is_spelled(worker: Worker, inside: WebServer, host: str) -> None:
    url = f"http://{host}:{inside.port}/a.pdf"
    assert SOURCE_URL.fullmatch(url)  # the gateway lets it pass: what a name means is found out by who asks
    assert_refused(worker, ended(worker, url))
    assert inside.sent == []


@pytest.mark.parametrize("address", ["169.254.169.254", "10.0.0.1", "::1", "fd00:ec2::254", "64:ff9b::a9fe:a9fe"])
def test_a_name_that_leads_inside_is_not_followed(worker: Worker, address: str) -> None:
    assert_refused(worker, ended(worker, "https://files.example/a.pdf", lambda _host, _port: [address]))


def test_a_redirect_to_the_inside_is_not_followed(worker: Worker, inside: WebServer) -> None:
    inside.answer = lambda sent: Answer(302, {"Location": "/secret"}) if sent.path == "/" else Answer(body=PDF)
    job_id = opened(worker, f"{inside.url}/")  # a host that may be asked
    press_next(Lane.EXPRESS, worker.deps)
    assert_refused(worker, worker.file(job_id))
    assert [sent.path for sent in inside.sent] == ["/"]


def test_dns_that_answers_otherwise_at_the_next_attempt_leads_nowhere_either(worker: Worker, inside: WebServer) -> None:
    answers: list[Sequence[str]] = [["127.0.0.1"], ["10.0.0.1"]]
    inside.answer = lambda _: Answer(503)
    worker.deps = replace(worker.deps, web=PublicHttp([LOOPBACK], resolve=lambda _host, _port: answers.pop(0)))
    job_id = opened(worker, f"http://rebinding.example:{inside.port}/a.pdf")
    press_next(Lane.EXPRESS, worker.deps)
    worker.sweep_at(worker.time + timedelta(hours=1))
    press_next(Lane.EXPRESS, worker.deps)
    assert_refused(worker, worker.file(job_id))
    assert len(inside.sent) == 1


def test_what_a_refusal_says_does_not_tell_what_is_inside(worker: Worker, inside: WebServer) -> None:
    there = ended(worker, f"http://127.0.0.1:{inside.port}/a.pdf").outcome
    not_there = ended(worker, "http://127.0.0.1:1025/a.pdf").outcome
    assert there
    assert not_there
    assert there.detail == not_there.detail
