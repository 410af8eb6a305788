"""Files straight to the object store, by the URLs that the gateway gives."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import httpx

from bulkpress_client.sdk import calls
from bulkpress_client.sdk.calls import Call
from bulkpress_client.sdk.errors import BulkpressClientError, ForbiddenError, UnreachableError
from bulkpress_client.sdk.retrying import Retries

PIECE_BYTES = 256 * 1024
TIMEOUT_S = 60.0
T = TypeVar("T")


class Send(Protocol):
    """Sends a call to the gateway."""

    def __call__(self, call: Call[T]) -> T:
        """What the answer is read as."""


class DirectUploader:
    """Puts files where the gateway says. What it sends to the store names no key of the gateway's."""

    def __init__(self, send: Send, retries: Retries, on_bytes: Callable[[int], None]) -> None:
        self._send = send
        self._retries = retries
        self._on_bytes = on_bytes
        self._http = httpx.Client(timeout=TIMEOUT_S)
        self._http_here = httpx.Client(timeout=TIMEOUT_S, trust_env=False)  # no proxy leads to this machine

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._http_here.close()

    def upload(self, job_id: str, wanted: Mapping[str, Any], path: Path) -> None:
        """Put one file, as a list of uploads has it, whole or in its parts, and complete it."""
        number = wanted["number"]
        if wanted["url"]:
            again = partial(self._url, job_id, number)
            self._put(wanted["url"], again, path, start=0, size_bytes=wanted["size_bytes"])
        else:
            self._put_parts(job_id, number, path)
        self._send(calls.complete(job_id, number))

    def _put_parts(self, job_id: str, number: int, path: Path) -> None:
        first: int | None = 1
        while first is not None:
            told = self._send(calls.upload(job_id, number, first))
            for part in told["parts"]:
                if part["url"] is None:  # it is there
                    self._on_bytes(part["size_bytes"])
                    continue
                again = partial(self._url, job_id, number, part["number"])
                start = (part["number"] - 1) * told["part_size_bytes"]
                self._put(part["url"], again, path, start=start, size_bytes=part["size_bytes"])
            first = told["next_part"]

    def _url(self, job_id: str, number: int, part: int | None = None) -> str:
        """Where to put a file or a part of it, asked for anew."""
        if part is None:
            return str(self._send(calls.upload(job_id, number))["url"])
        return str(self._send(calls.upload(job_id, number, part, limit=1))["parts"][0]["url"])

    def _put(self, url: str, again: Callable[[], str], path: Path, *, start: int, size_bytes: int) -> None:
        """PUT a slice of the file; to a URL that was given anew, where the first one has expired."""
        attempt = 1
        while True:
            try:
                return self._put_once(url, path, start, size_bytes)
            except ForbiddenError:
                if attempt == self._retries.attempts:
                    raise
            except BulkpressClientError as error:
                pause_s = self._retries.pause_s(error, attempt)
                if pause_s is None:
                    raise
                time.sleep(pause_s)
            url = again()
            attempt += 1

    def _put_once(self, url: str, path: Path, start: int, size_bytes: int) -> None:
        http = self._http_here if calls.is_loopback(url) else self._http
        headers = {"Content-Length": str(size_bytes), "Content-Type": "application/pdf"}
        try:
            answer = http.put(url, content=_slice(path, start, size_bytes), headers=headers)
        except httpx.TransportError as error:
            raise UnreachableError(url.partition("?")[0], str(error)) from error
        if not answer.is_success:
            raise calls.problem_of(answer)
        self._on_bytes(size_bytes)


def _slice(path: Path, start: int, size_bytes: int) -> Iterator[bytes]:
    """Bytes of a file, from `start` on. Raises OSError if it has become shorter."""
    left = size_bytes
    with path.open("rb") as file:
        file.seek(start)
        while left:
            piece = file.read(min(left, PIECE_BYTES))
            if not piece:
                raise OSError(f"{path} has become shorter while it was uploaded")
            left -= len(piece)
            yield piece
