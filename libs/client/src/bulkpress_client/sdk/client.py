"""The SDK's one class: a job from files on disk to results on disk."""

import ipaddress
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import httpx

from bulkpress_client.sdk.errors import BulkpressApiError, UnreachableError, UnsafeArchiveError
from bulkpress_client.sdk.transfer import LateFile, plain_name, save, unpack
from bulkpress_client.sdk.views import FileView, JobView

DEFAULT_URL = "http://127.0.0.1:8000"
FILES_PER_PAGE = 1000
POLL_FIRST_S, POLL_MOST_S = 0.1, 2.0  # a small job is told of at once, a long one does not burden the gateway
PREFIX = "/api/compress"
EXTENDED_NAME = re.compile(r"filename\*=UTF-8''([^;\s]+)", re.IGNORECASE)  # RFC 6266, 4.3: it wins


class Client:
    """Talks to one gateway. Not to be used by several threads at once; close it, or use it as a context manager.

    Every method raises BulkpressApiError when the gateway refuses, UnreachableError when it cannot be reached.
    `api_key` is an API key or an issuer's token, where the gateway wants one; it goes to no other host that an answer
    leads to. `timeout_s` is for each wait on the network, not for a whole transfer.
    """

    def __init__(self, base_url: str = DEFAULT_URL, *, api_key: str = "", timeout_s: float = 60.0) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.base_url,
            timeout=timeout_s,
            headers={"Authorization": f"Bearer {api_key}"} if api_key else None,
            follow_redirects=True,  # a single result may be fetched straight from the object store
            trust_env=not _is_loopback(self.base_url),  # no proxy leads to this machine
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def submit(
        self, paths: Sequence[Path | str], *, level: str = "medium", image_quality: int | None = None
    ) -> JobView:
        """Upload the files as one job, streamed from disk, and return it as it stands then. Raises OSError."""
        settings = {"compression_level": level}
        if image_quality is not None:
            settings["image_quality"] = str(image_quality)
        files = [(_sent_name(Path(path)), LateFile(Path(path)), "application/pdf") for path in paths]
        try:
            accepted = self._json("POST", f"{PREFIX}/bulk", data=settings, files=[("files", file) for file in files])
        finally:
            for _, file, _ in files:
                file.close()
        return self.job(accepted["job_id"])

    def job(self, job_id: str) -> JobView:
        """Where the job stands."""
        return JobView.of(self._json("GET", f"{PREFIX}/jobs/{job_id}", params={"limit": 1}))

    def files(self, job_id: str) -> Iterator[FileView]:
        """All files of the job, in the order of upload."""
        offset = 0
        while page := self._page(job_id, offset):
            yield from page
            offset += len(page)

    def cancel(self, job_id: str) -> JobView:
        """End the job: files that wait at once, those being pressed within two seconds. Results that are there stay."""
        return JobView.of(self._json("POST", f"{PREFIX}/jobs/{job_id}/cancel"))

    def retry(self, job_id: str) -> JobView:
        """Press the job's failed files once more, and no other."""
        return JobView.of(self._json("POST", f"{PREFIX}/jobs/{job_id}/retry"))

    def delete(self, job_id: str) -> None:
        """Stop the job and delete its files, results and records."""
        self._json("DELETE", f"{PREFIX}/jobs/{job_id}")

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

    def download(self, job_id: str, folder: Path | str) -> list[Path]:
        """Write the results into the folder and return their paths, with those of a job's report.csv, if it has one.

        Files of the same names are replaced. Raises UnsafeArchiveError and OSError.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with self._stream("GET", f"{PREFIX}/download/{job_id}") as response:
            if response.headers.get("content-type", "").startswith("application/zip"):
                archive = save(response.iter_bytes(), folder / f".bulkpress-{job_id[:32]}.zip")
            else:
                return [save(response.iter_bytes(), folder / _file_name(response))]
        try:
            return unpack(archive, folder)
        finally:
            archive.unlink()

    def _page(self, job_id: str, offset: int) -> list[FileView]:
        params = {"offset": offset, "limit": FILES_PER_PAGE}
        return [FileView.of(raw) for raw in self._json("GET", f"{PREFIX}/jobs/{job_id}", params=params)["files"]]

    def _json(self, method: str, path: str, **request: Any) -> Any:
        with self._stream(method, path, **request) as response:
            response.read()
            return response.json()

    @contextmanager
    def _stream(self, method: str, path: str, **request: Any) -> Iterator[httpx.Response]:
        try:
            with self._http.stream(method, path, **request) as response:
                if not response.is_success:
                    response.read()
                    raise _problem_of(response)
                yield response
        except httpx.TransportError as error:
            raise UnreachableError(self.base_url, str(error)) from error


def _problem_of(response: httpx.Response) -> BulkpressApiError:
    """The error that a problem+json tells of; other answers come from something between the gateway and us."""
    try:
        raw = response.json()
        return BulkpressApiError(response.status_code, raw["code"], raw["title"], raw.get("detail", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return BulkpressApiError(response.status_code, "unexpected_answer", response.reason_phrase, response.text[:200])


def _file_name(response: httpx.Response) -> str:
    """The name a single result is saved under (RFC 6266); a name that is none is replaced."""
    extended = EXTENDED_NAME.search(response.headers.get("content-disposition", ""))
    try:
        return plain_name(unquote(extended[1]) if extended else "")
    except UnsafeArchiveError:
        return "result.pdf"


def _sent_name(path: Path) -> str:
    """The file's name in UTF-8, also where the disk holds one that is not."""
    return os.fsencode(path.name).decode(errors="replace")


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
