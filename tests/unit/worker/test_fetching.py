"""Files that are handed in by their addresses: fetched from a real web server, and what becomes of each answer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import repeat
from pathlib import Path

import pytest
import structlog

from bulkpress_core.adapters.clamd import Clamd
from bulkpress_core.domain.cost import UNSEEN_MS
from bulkpress_core.domain.jobs import FileState, Job, JobFile, JobId, JobState, TenantId, new_job_id
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.domain.origins import WebAddress
from bulkpress_engine import Report
from bulkpress_engine.report import Reason, Result
from compression_worker.deps import no_unsealing
from compression_worker.handlers import press_next
from compression_worker.opening import open_job
from tests.support.clamd import EICAR, ClamdServer
from tests.support.web_server import Answer, Sent, WebServer, web_server
from tests.unit.worker.conftest import MAX_FILE_BYTES, PRESSED, Worker

ORIGINAL = b"%PDF-1.4 " + b"x" * 10_000
SECRET = "token=Sw0rdfish"


@pytest.fixture
def server() -> Iterator[WebServer]:
    """A server that has ORIGINAL."""
    with web_server() as running:
        running.answer = lambda _: Answer(body=ORIGINAL)
        yield running


def opened(worker: Worker, *urls: str, sealed: bool = False) -> JobId:
    """A job of files at these addresses, in its lane."""
    job = Job(new_job_id(), TenantId("acme"), worker.time, worker.time + timedelta(hours=1))
    worker.jobs.create(job)
    for number, url in enumerate(urls):
        key = f"{job.source_prefix}source/{number}.pdf"
        address = WebAddress(url[::-1] if sealed else url, url.partition("?")[0], is_sealed=sealed)
        worker.jobs.add_files(job.id, [JobFile(number, "a.pdf", 0, key, UNSEEN_MS, origin=address)])
    worker.jobs.seal(job.id, JobOptions(), now=worker.time)
    open_job(job.id, worker.deps)
    return job.id


def pressed(worker: Worker, url: str, *, lane: Lane = Lane.EXPRESS) -> JobFile:
    """The file at this address after one attempt at it."""
    job_id = opened(worker, url)
    press_next(lane, worker.deps)
    return worker.file(job_id)


def reason(file: JobFile) -> str:
    assert file.outcome
    return file.outcome.reason


def keeping(source: Path, _target: Path) -> Report:
    """A presser that gains nothing."""
    size = source.stat().st_size
    return Report(Result.KEPT, Reason.ALREADY_SMALL, size, size)


def test_a_file_is_fetched_pressed_and_counted_with_the_size_it_turned_out_to_have(
    worker: Worker, server: WebServer
) -> None:
    job_id = opened(worker, f"{server.url}/dir/a.pdf?{SECRET}")
    press_next(Lane.EXPRESS, worker.deps)
    file, job = worker.file(job_id), worker.jobs.get(job_id)
    assert (file.state, file.size_bytes, file.is_unseen) == (FileState.DONE, len(ORIGINAL), False)
    assert (job.state, job.totals.bytes_in, job.totals.bytes_out) == (JobState.FINISHED, len(ORIGINAL), len(PRESSED))
    assert worker.registry.get_sample_value("bulkpress_bytes_in_total") == len(ORIGINAL)
    (request,) = server.sent
    assert (request.method, request.path) == ("GET", f"/dir/a.pdf?{SECRET}")
    assert request.headers["accept-encoding"] == "identity"
    assert worker.keys(job_id) == [f"acme/{job_id}/result/0.pdf"]
    assert worker.left_in_scratch() == []


def test_a_kept_original_is_stored_to_be_downloaded(worker: Worker, server: WebServer) -> None:
    worker.presser.behave = keeping
    file = pressed(worker, server.url)
    assert file.outcome
    assert (file.state, file.outcome.result_key) == (FileState.KEPT, file.source_key)
    assert b"".join(worker.objects.read(file.source_key)) == ORIGINAL
    assert file.size_bytes == file.outcome.bytes_out == len(ORIGINAL)


def test_a_sealed_address_is_unsealed_for_the_request_alone(worker: Worker, server: WebServer) -> None:
    worker.deps = replace(worker.deps, unseal=lambda text: text[::-1])
    job_id = opened(worker, f"{server.url}/a.pdf?{SECRET}", sealed=True)
    press_next(Lane.EXPRESS, worker.deps)
    assert worker.file(job_id).state is FileState.DONE
    assert server.sent[0].path == f"/a.pdf?{SECRET}"


def test_an_address_that_cannot_be_unsealed_is_not_asked(worker: Worker, server: WebServer) -> None:
    worker.deps = replace(worker.deps, unseal=no_unsealing)
    job_id = opened(worker, server.url, sealed=True)
    press_next(Lane.EXPRESS, worker.deps)
    assert worker.file(job_id).state is FileState.FAILED
    assert server.sent == []


@pytest.mark.parametrize("status", [204, 301, 302, 304, 307, 400, 401, 403, 404, 410, 451])
def test_an_answer_that_would_come_again_ends_the_file_at_once(worker: Worker, server: WebServer, status: int) -> None:
    server.answer = lambda _: Answer(status, {"Location": f"{server.url}/elsewhere"})
    file = pressed(worker, server.url)
    assert (file.state, reason(file)) == (FileState.FAILED, "source_refused")
    assert file.outcome
    assert str(status) in file.outcome.detail
    assert [sent.path for sent in server.sent] == ["/"]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_an_answer_that_may_pass_is_asked_for_again_later_and_then_the_file_fails(
    worker: Worker, server: WebServer, status: int
) -> None:
    server.answer = lambda _: Answer(status)
    job_id = opened(worker, server.url)
    for asked in (1, 2, 3):
        press_next(Lane.EXPRESS, worker.deps)
        assert len(server.sent) == asked
        assert worker.file(job_id).state is (FileState.FAILED if asked == 3 else FileState.PENDING)
        worker.sweep_at(worker.time + timedelta(hours=1))
    assert reason(worker.file(job_id)) == "source_unavailable"


def test_a_host_that_comes_back_costs_nothing_but_time(worker: Worker, server: WebServer) -> None:
    def first_away(_sent: Sent) -> Answer:
        return Answer(503) if len(server.sent) == 1 else Answer(body=ORIGINAL)

    server.answer = first_away
    job_id = opened(worker, server.url)
    press_next(Lane.EXPRESS, worker.deps)
    worker.sweep_at(worker.time + timedelta(hours=1))
    press_next(Lane.EXPRESS, worker.deps)
    assert worker.file(job_id).state is FileState.DONE


@pytest.mark.parametrize("url", ["http://127.0.0.1:1025/", "http://no-such-host.invalid/"])
def test_a_host_that_does_not_answer_is_tried_again(worker: Worker, url: str) -> None:
    file = pressed(worker, url)
    assert (file.state, file.retries) == (FileState.PENDING, 1)


def test_a_file_that_breaks_off_is_tried_again(worker: Worker, server: WebServer) -> None:
    server.answer = lambda _: Answer(headers={"Content-Length": "20000"}, body=ORIGINAL)
    file = pressed(worker, server.url)
    assert (file.state, file.retries) == (FileState.PENDING, 1)
    assert worker.presser.options == []


def test_a_file_that_does_not_come_in_time_is_tried_again(worker: Worker, server: WebServer) -> None:
    worker.deps = replace(worker.deps, fetch_limit_s=lambda _: 0.0)
    file = pressed(worker, server.url)
    assert (file.state, file.retries) == (FileState.PENDING, 1)


@pytest.mark.parametrize("length", [str(MAX_FILE_BYTES + 1), "9" * 18])
def test_a_file_that_says_it_is_too_large_is_not_fetched(worker: Worker, server: WebServer, length: str) -> None:
    server.answer = lambda _: Answer(headers={"Content-Length": length}, body=ORIGINAL)
    file = pressed(worker, server.url)
    assert (file.state, reason(file)) == (FileState.FAILED, "source_too_large")


def test_a_file_without_an_end_is_cut_off_as_soon_as_it_is_too_large(worker: Worker, server: WebServer) -> None:
    worker.deps = replace(worker.deps, max_file_bytes=lambda tenant: 1_000_000 if tenant == "acme" else 0)
    server.answer = lambda _: Answer(body=repeat(ORIGINAL))
    file = pressed(worker, server.url)
    assert (file.state, reason(file)) == (FileState.FAILED, "source_too_large")
    assert worker.left_in_scratch() == []


def test_what_is_no_pdf_is_cut_off_after_its_head(worker: Worker, server: WebServer) -> None:
    server.answer = lambda _: Answer(body=repeat(b"<html>" * 1000))
    file = pressed(worker, server.url)
    assert (file.state, reason(file)) == (FileState.FAILED, "not_a_pdf")


@pytest.mark.parametrize(("body", "why"), [(b"", "empty_file"), (b"<html>", "not_a_pdf")])
def test_what_is_short_and_no_pdf_fails_unopened(worker: Worker, server: WebServer, body: bytes, why: str) -> None:
    server.answer = lambda _: Answer(body=body)
    assert reason(pressed(worker, server.url)) == why
    assert worker.presser.options == []


class TestHeavy:
    LARGE = str(90_000_000)  # by its size alone a minute's work and more

    def test_a_file_that_says_it_is_large_moves_before_it_is_fetched(self, worker: Worker, server: WebServer) -> None:
        server.answer = lambda _: Answer(headers={"Content-Length": self.LARGE}, body=ORIGINAL)
        file = pressed(worker, server.url)
        assert (file.state, file.heavy) == (FileState.PENDING, True)
        assert worker.queue.bells[Lane.HEAVY] == 1

    def test_one_whose_images_are_large_moves_when_it_is_there_and_is_pressed_there(
        self, worker: Worker, server: WebServer
    ) -> None:
        body = ORIGINAL + b"/Width 10000 /Height 10000 " * 30
        server.answer = lambda _: Answer(body=body)
        job_id = opened(worker, server.url)
        press_next(Lane.EXPRESS, worker.deps)
        assert worker.file(job_id).heavy
        assert worker.presser.options == []
        press_next(Lane.HEAVY, worker.deps)
        assert (worker.file(job_id).state, worker.jobs.get(job_id).totals.bytes_in) == (FileState.DONE, len(body))


def test_a_full_disk_is_noticed_before_the_file_comes(worker: Worker, server: WebServer) -> None:
    worker.deps.scratch._quota_bytes = len(ORIGINAL)
    file = pressed(worker, server.url)
    assert (file.state, file.retries) == (FileState.PENDING, 1)
    assert worker.registry.get_sample_value("bulkpress_files_deferred_total", {"reason": "disk_full"}) == 1


def test_an_infected_file_fails_and_leaves_nothing(worker: Worker, server: WebServer, clamd: ClamdServer) -> None:
    worker.deps = replace(worker.deps, scanner=Clamd(clamd.tcp, patience_s=30.0))
    server.answer = lambda _: Answer(body=b"%PDF-1.7 " + EICAR)
    job_id = opened(worker, server.url)
    press_next(Lane.EXPRESS, worker.deps)
    assert reason(worker.file(job_id)) == "infected"
    assert worker.keys(job_id) == []
    assert worker.left_in_scratch() == []


def test_a_worker_that_stops_gives_the_file_back_while_it_comes(worker: Worker, server: WebServer) -> None:
    def stops_meanwhile(_sent: Sent) -> Answer:
        worker.stopping = True
        return Answer(body=repeat(ORIGINAL))

    server.answer = stops_meanwhile
    file = pressed(worker, server.url)
    assert (file.state, file.retries) == (FileState.PENDING, 0)
    assert worker.left_in_scratch() == []


@pytest.mark.parametrize("how", ["cancelled", "deleted"])
def test_a_job_that_ends_while_its_original_is_stored_leaves_nothing(
    worker: Worker, server: WebServer, how: str
) -> None:
    def end_job(source: Path, target: Path) -> Report:
        if how == "cancelled":
            worker.jobs.cancel(job_id, now=worker.time)
        else:
            worker.jobs.delete(job_id)
        return keeping(source, target)

    worker.presser.behave = end_job
    job_id = opened(worker, server.url)
    press_next(Lane.EXPRESS, worker.deps)
    assert worker.keys(job_id) == []


@pytest.mark.parametrize("status", [200, 404, 503])
def test_no_log_and_no_outcome_quotes_the_address(worker: Worker, server: WebServer, status: int) -> None:
    server.answer = lambda _: Answer(status, body=ORIGINAL)
    with structlog.testing.capture_logs() as logged:
        file = pressed(worker, f"{server.url}/a.pdf?{SECRET}")
    assert logged
    assert SECRET not in f"{logged} {file.outcome}"
    assert SECRET not in repr(file)
