"""The SDK's class for asyncio: what `Client` does, without blocking while it waits for the network."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from bulkpress_client.sdk import calls
from bulkpress_client.sdk.calls import Call, Options, Page, Paths
from bulkpress_client.sdk.client import DEFAULT_URL, NONE, POLL_FIRST_S, POLL_MOST_S, http_settings
from bulkpress_client.sdk.downloading import Download
from bulkpress_client.sdk.errors import BulkpressClientError, NotFoundError, UnreachableError
from bulkpress_client.sdk.events import LAST, QUIET_S, EventLines
from bulkpress_client.sdk.retrying import Retries
from bulkpress_client.sdk.transfer import unpack
from bulkpress_client.sdk.views import Event, FileView, JobView, Message

T = TypeVar("T")


async def _nothing(_job: JobView) -> None:
    """Nobody wants to know."""


class AsyncClient:
    """`Client` for asyncio: the same names and promises, but for direct uploads, which block.

    Close it with `aclose`, or use it as an asynchronous context manager. Disks are read and written in the event loop's
    own thread, an archive is unpacked in another.
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
        self._http = httpx.AsyncClient(**http_settings(self.base_url, api_key, timeout_s))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    # Handing in. `options` are those of a job, such as `grayscale`; an `idempotency_key` makes one job of a request
    # however often a program sends it, and without one each call makes its own.

    async def submit(
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
        return await self.job(await self._send(calls.submit(paths, asked, own, idempotency_key)))

    async def submit_urls(
        self,
        urls: Sequence[str | Mapping[str, Any]],
        *,
        level: str = "medium",
        options: Options = NONE,
        idempotency_key: str | None = None,
    ) -> JobView:
        """A job of files that the workers fetch: addresses, or mappings of `url`, `name` and settings of their own."""
        asked = {"compression_level": level, **options}
        return await self.job(await self._send(calls.submit_urls(urls, asked, idempotency_key)))

    async def submit_s3(
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
        return await self.job(await self._send(calls.submit_s3(source, target, asked, idempotency_key)))

    # Following.

    async def job(self, job_id: str) -> JobView:
        """Where the job stands."""
        return await self._send(calls.job(job_id))

    def jobs(self, **filters: Any) -> AsyncIterator[JobView]:
        """Your jobs, newest first: `status`, `has_failures`, `created_after` and `created_before` (RFC 3339)."""
        return self._all(lambda cursor: calls.jobs(cursor, filters))

    def files(self, job_id: str, **filters: Any) -> AsyncIterator[FileView]:
        """Files of the job, in the order of upload: all, or those of a `state` or `reason`."""
        return self._all(lambda cursor: calls.files(job_id, cursor, filters))

    async def file(self, job_id: str, number: int) -> FileView:
        """One file of the job."""
        return await self._send(calls.file(job_id, number))

    async def events(self, job_id: str, *, last_event_id: str = "") -> AsyncIterator[Event]:
        """What happens to the job, as it happens, after that event; ends with the job. Broken streams are taken up."""
        lines, failures = EventLines(last_event_id), 0
        while True:
            try:
                async with self._stream(
                    "GET", calls.events_path(job_id), headers=lines.headers, timeout=QUIET_S
                ) as stream:
                    if stream.status_code == httpx.codes.NO_CONTENT:
                        return
                    async for line in stream.aiter_lines():
                        event = lines.feed(line)
                        if event is None:
                            continue
                        failures = 0
                        yield event
                        if event.name in LAST:
                            return
                error: BulkpressClientError = UnreachableError(self.base_url, "the stream ended before the job")
            except BulkpressClientError as broken:
                error = broken
            failures += 1
            await self._pause_after(error, failures)
            lines.begin_again()

    async def wait(
        self,
        job_id: str,
        *,
        on_progress: Callable[[JobView], Awaitable[None]] = _nothing,
        timeout_s: float | None = None,
    ) -> JobView:
        """Return the job when it is finished; `on_progress` gets it each time it was asked for. Raises TimeoutError."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        pause_s = POLL_FIRST_S
        while not (job := await self.job(job_id)).is_finished:
            await on_progress(job)
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"job {job_id} is at {job.progress} % after {timeout_s:g} s: it goes on, ask again")
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.3, POLL_MOST_S)
        await on_progress(job)
        return job

    # What can be done about it.

    async def cancel(self, job_id: str) -> JobView:
        """End the job: files that wait at once, those being pressed within two seconds. Results that are there stay."""
        return await self._send(calls.act(job_id, "cancel"))

    async def retry(self, job_id: str) -> JobView:
        """Press the job's failed files once more, and no other."""
        return await self._send(calls.act(job_id, "retry"))

    async def delete(self, job_id: str) -> None:
        """Stop the job and delete its files, results and records."""
        await self._send(calls.delete(job_id))

    # Results.

    async def download(self, job_id: str, folder: Path | str) -> list[Path]:
        """Write the results into the folder and return their paths, with those of a job's report.csv, if it has one.

        A transfer that breaks off goes on where it was. Files of the same names are replaced. Raises UnsafeArchiveError
        and OSError.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with Download(folder) as download:
            name, is_archive = await self._download(calls.download_path(job_id), download)
            if not is_archive:
                return [download.keep(folder / name)]
            archive = download.keep(folder / f".bulkpress-{job_id[:32]}.zip")
        try:
            return await asyncio.to_thread(unpack, archive, folder)
        finally:
            archive.unlink()

    async def download_file(self, job_id: str, number: int, path: Path | str) -> Path:
        """Write one file's result to `path`, as soon as the file itself is done or kept; return the path."""
        path = Path(path)
        with Download(path.parent) as download:
            await self._download(calls.download_path(job_id, number), download)
            return download.keep(path)

    async def report(self, job_id: str) -> Mapping[str, Any]:
        """The job and how each of its files ended, as the API has it."""
        return await self._send(calls.report(job_id))

    async def report_csv(self, job_id: str) -> str:
        """The same as CSV, a line a file."""
        return await self._send(calls.report_csv(job_id))

    async def analyze(
        self, path: Path | str, *, options: Options = NONE, timeout_s: float = 300.0
    ) -> Mapping[str, Any]:
        """What fills a file, and what each level would save, without pressing it. Raises TimeoutError and OSError."""
        deadline = time.monotonic() + timeout_s
        audit = await self._send(calls.analyze(path, options))
        while "estimates" not in audit:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the audit of {path} is not there after {timeout_s:g} s")
            await asyncio.sleep(POLL_MOST_S)
            audit = await self._send(calls.analysis(audit["analysis_id"]))
        return audit

    async def webhook_messages(self, job_id: str) -> AsyncIterator[Message]:
        """What was told to the job's webhook, in order."""
        offset = 0
        while found := await self._send(calls.messages(job_id, offset)):
            for message in found:
                yield message
            offset += len(found)

    async def replay_webhook(self, job_id: str, message_id: str) -> Message:
        """Send a message again, with the same id and body."""
        return await self._send(calls.replay(job_id, message_id))

    # How.

    async def _all(self, call: Callable[[str | None], Call[Page[T]]]) -> AsyncIterator[T]:
        cursor: str | None = None
        while True:
            page = await self._send(call(cursor))
            for item in page.items:
                yield item
            if page.next is None:
                return
            cursor = page.next

    async def _send(self, call: Call[T]) -> T:
        attempt = 1
        while True:
            try:
                async with self._stream(
                    call.method, call.path, params=call.params, headers=call.headers, **call.body()
                ) as response:
                    await response.aread()
                    return call.read(response)
            except NotFoundError:
                if call.method == "DELETE" and attempt > 1:  # the answer to an attempt before this one was lost
                    return None  # type: ignore[return-value]  # what a deletion is read as
                raise
            except BulkpressClientError as error:
                await self._pause_after(error, attempt, repeatable=call.repeatable)
            attempt += 1

    async def _download(self, path: str, download: Download) -> tuple[str, bool]:
        """Fetch all of it; the name it comes with, and whether it is a ZIP."""
        attempt = 1
        while True:
            before = download.size_bytes
            try:
                async with self._stream("GET", path, headers=download.headers) as answer:
                    if download.begin(answer):
                        async for piece in answer.aiter_raw():
                            download.write(piece)
                        is_archive = answer.headers.get("content-type", "").startswith("application/zip")
                        return calls.file_name(answer), is_archive
            except BulkpressClientError as error:
                attempt = 1 if download.size_bytes > before else attempt
                await self._pause_after(error, attempt)
            attempt += 1

    async def _pause_after(self, error: BulkpressClientError, attempt: int, *, repeatable: bool = True) -> None:
        pause_s = self._retries.pause_s(error, attempt, repeatable=repeatable)
        if pause_s is None:
            raise error
        await asyncio.sleep(pause_s)

    @asynccontextmanager
    async def _stream(self, method: str, path: str, **request: Any) -> AsyncIterator[httpx.Response]:
        try:
            async with self._http.stream(method, path, **request) as response:
                if not response.is_success:
                    await response.aread()
                    raise calls.problem_of(response)
                yield response
        except httpx.TransportError as error:
            raise UnreachableError(self.base_url, str(error)) from error
