"""The SDK's class for programs that wait: a job from files on disk to results on disk."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from bulkpress_client.sdk import calls
from bulkpress_client.sdk.calls import Call, Options, Page, Paths
from bulkpress_client.sdk.downloading import Download
from bulkpress_client.sdk.errors import BulkpressClientError, NotFoundError, UnreachableError
from bulkpress_client.sdk.events import LAST, QUIET_S, EventLines
from bulkpress_client.sdk.retrying import Retries
from bulkpress_client.sdk.transfer import unpack
from bulkpress_client.sdk.uploading import DirectUploader
from bulkpress_client.sdk.views import Event, FileView, JobView, Message

DEFAULT_URL = "http://127.0.0.1:8000"
POLL_FIRST_S, POLL_MOST_S = 0.1, 2.0  # a small job is told of at once, a long one does not burden the gateway
T = TypeVar("T")
NONE: Options = {}


class Client:
    """Talks to one gateway. Not to be used by several threads at once; close it, or use it as a context manager.

    Every method raises BulkpressApiError when the gateway refuses, UnreachableError when it cannot be reached, after as
    many attempts as `retries` says. `api_key` is an API key or an issuer's token, where the gateway wants one; it goes
    to no other host that an answer leads to. `timeout_s` is for each wait on the network, not for a whole transfer.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        *,
        api_key: str = "",
        timeout_s: float = 60.0,
        retries: Retries = Retries(),  # noqa: B008 - frozen
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._retries = retries
        self._http = httpx.Client(**http_settings(self.base_url, api_key, timeout_s))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # Handing in. `options` are those of a job, such as `grayscale`; an `idempotency_key` makes one job of a request
    # however often a program sends it, and without one each call makes its own.

    def submit(
        self,
        paths: Paths,
        *,
        level: str = "medium",
        options: Options = NONE,
        own: Mapping[int, Options] = {},
        idempotency_key: str | None = None,
        **more: Any,
    ) -> JobView:
        """Upload the files as one job, streamed from disk, and return it as it stands then.

        A mapping gives files by the names that they are to have, `{"2024/a.pdf": path}`: the tree is kept. `own` are
        settings of single files by their number. Options may also be given by name. Raises OSError.
        """
        asked = {"compression_level": level, **options, **more}
        return self.job(self._send(calls.submit(paths, asked, own, idempotency_key)))

    def submit_urls(
        self,
        urls: Sequence[str | Mapping[str, Any]],
        *,
        level: str = "medium",
        options: Options = NONE,
        idempotency_key: str | None = None,
    ) -> JobView:
        """A job of files that the workers fetch: addresses, or mappings of `url`, `name` and settings of their own."""
        asked = {"compression_level": level, **options}
        return self.job(self._send(calls.submit_urls(urls, asked, idempotency_key)))

    def submit_s3(
        self,
        source: Mapping[str, Any],
        target: str | None = None,
        *,
        level: str = "medium",
        options: Options = NONE,
        idempotency_key: str | None = None,
    ) -> JobView:
        """A job of objects in S3: `source` has one of `prefix`, `keys` and `manifest`; results go below `target`."""
        asked = {"compression_level": level, **options}
        return self.job(self._send(calls.submit_s3(source, target, asked, idempotency_key)))

    def submit_direct(
        self,
        paths: Paths,
        *,
        level: str = "medium",
        options: Options = NONE,
        idempotency_key: str | None = None,
        on_bytes: Callable[[int], None] = lambda _: None,
    ) -> JobView:
        """Upload the files straight to the object store, large ones in parts that are sent again by themselves.

        `on_bytes` is told how many more have arrived. Raises OSError, and ConflictError `no_direct_uploads` where the
        store has no URLs: then `submit` works.
        """
        files = calls.named(paths)
        job_id = self._send(calls.submit_direct(files, {"compression_level": level, **options}, idempotency_key))
        return self.upload(job_id, {number: path for number, (_, path) in enumerate(files)}, on_bytes=on_bytes)

    def upload(
        self, job_id: str, paths: Mapping[int, Path], *, on_bytes: Callable[[int], None] = lambda _: None
    ) -> JobView:
        """Upload those of these files, by number, that the job still awaits: where `submit_direct` was broken off."""
        with DirectUploader(self._send, self._retries, on_bytes) as uploader:
            for wanted in self._all(lambda cursor: calls.uploads(job_id, cursor)):
                if wanted["number"] in paths:
                    uploader.upload(job_id, wanted, paths[wanted["number"]])
        return self.job(job_id)

    # Following.

    def job(self, job_id: str) -> JobView:
        """Where the job stands."""
        return self._send(calls.job(job_id))

    def jobs(self, **filters: Any) -> Iterator[JobView]:
        """Your jobs, newest first: `status`, `has_failures`, `created_after` and `created_before` (RFC 3339)."""
        return self._all(lambda cursor: calls.jobs(cursor, filters))

    def files(self, job_id: str, **filters: Any) -> Iterator[FileView]:
        """Files of the job, in the order of upload: all, or those of a `state` or `reason`."""
        return self._all(lambda cursor: calls.files(job_id, cursor, filters))

    def file(self, job_id: str, number: int) -> FileView:
        """One file of the job."""
        return self._send(calls.file(job_id, number))

    def events(self, job_id: str, *, last_event_id: str = "") -> Iterator[Event]:
        """What happens to the job, as it happens, after that event; ends with the job. Broken streams are taken up."""
        lines, failures = EventLines(last_event_id), 0
        while True:
            try:
                with self._stream("GET", calls.events_path(job_id), headers=lines.headers, timeout=QUIET_S) as stream:
                    if stream.status_code == httpx.codes.NO_CONTENT:
                        return
                    for event in filter(None, map(lines.feed, stream.iter_lines())):
                        failures = 0
                        yield event
                        if event.name in LAST:
                            return
                error: BulkpressClientError = UnreachableError(self.base_url, "the stream ended before the job")
            except BulkpressClientError as broken:
                error = broken
            failures += 1
            self._pause_after(error, failures)
            lines.begin_again()

    def wait(
        self,
        job_id: str,
        *,
        on_progress: Callable[[JobView], None] = lambda _: None,
        timeout_s: float | None = None,
    ) -> JobView:
        """Return the job when it is finished; `on_progress` gets it each time it was asked for. Raises TimeoutError."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        pause_s = POLL_FIRST_S
        while not (job := self.job(job_id)).is_finished:
            on_progress(job)
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"job {job_id} is at {job.progress} % after {timeout_s:g} s: it goes on, ask again")
            time.sleep(pause_s)
            pause_s = min(pause_s * 1.3, POLL_MOST_S)
        on_progress(job)
        return job

    # What can be done about it.

    def cancel(self, job_id: str) -> JobView:
        """End the job: files that wait at once, those being pressed within two seconds. Results that are there stay."""
        return self._send(calls.act(job_id, "cancel"))

    def retry(self, job_id: str) -> JobView:
        """Press the job's failed files once more, and no other."""
        return self._send(calls.act(job_id, "retry"))

    def delete(self, job_id: str) -> None:
        """Stop the job and delete its files, results and records."""
        self._send(calls.delete(job_id))

    # Results.

    def download(self, job_id: str, folder: Path | str) -> list[Path]:
        """Write the results into the folder and return their paths, with those of a job's report.csv, if it has one.

        A transfer that breaks off goes on where it was. Files of the same names are replaced. Raises UnsafeArchiveError
        and OSError.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with Download(folder) as download:
            name, is_archive = self._download(calls.download_path(job_id), download)
            if not is_archive:
                return [download.keep(folder / name)]
            archive = download.keep(folder / f".bulkpress-{job_id[:32]}.zip")
        try:
            return unpack(archive, folder)
        finally:
            archive.unlink()

    def download_file(self, job_id: str, number: int, path: Path | str) -> Path:
        """Write one file's result to `path`, as soon as the file itself is done or kept; return the path."""
        path = Path(path)
        with Download(path.parent) as download:
            self._download(calls.download_path(job_id, number), download)
            return download.keep(path)

    def report(self, job_id: str) -> Mapping[str, Any]:
        """The job and how each of its files ended, as the API has it."""
        return self._send(calls.report(job_id))

    def report_csv(self, job_id: str) -> str:
        """The same as CSV, a line a file."""
        return self._send(calls.report_csv(job_id))

    def analyze(self, path: Path | str, *, options: Options = NONE, timeout_s: float = 300.0) -> Mapping[str, Any]:
        """What fills a file, and what each level would save, without pressing it. Raises TimeoutError and OSError."""
        deadline = time.monotonic() + timeout_s
        audit = self._send(calls.analyze(path, options))
        while "estimates" not in audit:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the audit of {path} is not there after {timeout_s:g} s")
            time.sleep(POLL_MOST_S)
            audit = self._send(calls.analysis(audit["analysis_id"]))
        return audit

    def webhook_messages(self, job_id: str) -> Iterator[Message]:
        """What was told to the job's webhook, in order."""
        offset = 0
        while found := self._send(calls.messages(job_id, offset)):
            yield from found
            offset += len(found)

    def replay_webhook(self, job_id: str, message_id: str) -> Message:
        """Send a message again, with the same id and body."""
        return self._send(calls.replay(job_id, message_id))

    # How.

    def _all(self, call: Callable[[str | None], Call[Page[T]]]) -> Iterator[T]:
        cursor: str | None = None
        while True:
            page = self._send(call(cursor))
            yield from page.items
            if page.next is None:
                return
            cursor = page.next

    def _send(self, call: Call[T]) -> T:
        attempt = 1
        while True:
            try:
                with self._stream(
                    call.method, call.path, params=call.params, headers=call.headers, **call.body()
                ) as response:
                    response.read()
                    return call.read(response)
            except NotFoundError:
                if call.method == "DELETE" and attempt > 1:  # the answer to an attempt before this one was lost
                    return None  # type: ignore[return-value]  # what a deletion is read as
                raise
            except BulkpressClientError as error:
                self._pause_after(error, attempt, repeatable=call.repeatable)
            attempt += 1

    def _download(self, path: str, download: Download) -> tuple[str, bool]:
        """Fetch all of it; the name it comes with, and whether it is a ZIP."""
        attempt = 1
        while True:
            before = download.size_bytes
            try:
                with self._stream("GET", path, headers=download.headers) as answer:
                    if download.begin(answer):
                        for piece in answer.iter_raw():
                            download.write(piece)
                        is_archive = answer.headers.get("content-type", "").startswith("application/zip")
                        return calls.file_name(answer), is_archive
            except BulkpressClientError as error:
                attempt = 1 if download.size_bytes > before else attempt
                self._pause_after(error, attempt)
            attempt += 1

    def _pause_after(self, error: BulkpressClientError, attempt: int, *, repeatable: bool = True) -> None:
        pause_s = self._retries.pause_s(error, attempt, repeatable=repeatable)
        if pause_s is None:
            raise error
        time.sleep(pause_s)

    @contextmanager
    def _stream(self, method: str, path: str, **request: Any) -> Iterator[httpx.Response]:
        try:
            with self._http.stream(method, path, **request) as response:
                if not response.is_success:
                    response.read()
                    raise calls.problem_of(response)
                yield response
        except httpx.TransportError as error:
            raise UnreachableError(self.base_url, str(error)) from error


def http_settings(base_url: str, api_key: str, timeout_s: float) -> dict[str, Any]:
    """How both clients speak HTTP."""
    return {
        "base_url": base_url,
        "timeout": timeout_s,
        "headers": {"Authorization": f"Bearer {api_key}"} if api_key else None,
        "follow_redirects": True,  # a single result may be fetched straight from the object store
        "trust_env": not calls.is_loopback(base_url),  # no proxy leads to this machine
    }
