"""The requests that the API takes and what is made of their answers: all that both clients have in common."""

import ipaddress
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import quote, unquote, urlsplit
from uuid import uuid4

import httpx

from bulkpress_client.sdk.errors import BulkpressApiError, UnsafeArchiveError, kind_of
from bulkpress_client.sdk.retrying import seconds_of
from bulkpress_client.sdk.transfer import LateFile, plain_name
from bulkpress_client.sdk.views import FileView, JobView, Message

T = TypeVar("T")
U = TypeVar("U")
Options = Mapping[str, Any]
Paths = Sequence[Path | str] | Mapping[str, Path | str]  # of files; or each by the name that it is to have

PREFIX = "/api/compress"
PER_PAGE = 200
EXTENDED_NAME = re.compile(r"filename\*=UTF-8''([^;\s]+)", re.IGNORECASE)  # RFC 6266, 4.3: it wins


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request, and what its answer is read as. `body` gives what is sent anew for each attempt."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[], dict[str, Any]] = dict
    repeatable: bool = True  # whether sending it twice does no more than once


@dataclass(frozen=True, slots=True)
class Page(Generic[U]):
    """Some of a list; `next` is the cursor of what follows, None after the last."""

    items: Sequence[U]
    next: str | None


def named(paths: Paths) -> list[tuple[str, Path]]:
    """Files with the names that they are to have. Raises OSError for one that is not there."""
    pairs = paths.items() if isinstance(paths, Mapping) else ((sent_name(Path(path)), path) for path in paths)
    found = [(name, Path(path)) for name, path in pairs]
    for _, path in found:
        path.stat()
    return found


def submit(paths: Paths, options: Options, own: Mapping[int, Options], key: str | None) -> Call[str]:
    """Upload files as one job; the answer is its id. Raises OSError."""
    files = named(paths)
    return _bulk(lambda: {"data": _form(options, own), "files": _parts(files)}, key)


def submit_urls(urls: Sequence[str | Mapping[str, Any]], options: Options, key: str | None) -> Call[str]:
    """A job of files that the workers fetch."""
    files = [{"url": one} if isinstance(one, str) else dict(one) for one in urls]
    return _bulk(lambda: {"json": {**options, "files": files}}, key)


def submit_s3(source: Options, target: str | None, options: Options, key: str | None) -> Call[str]:
    """A job of objects in S3."""
    body = {**options, "source": dict(source)} | ({"target": target} if target else {})
    return _bulk(lambda: {"json": body}, key)


def submit_direct(files: Sequence[tuple[str, Path]], options: Options, key: str | None) -> Call[str]:
    """A job of files, with their names, that are to be uploaded to the object store. Raises OSError."""
    awaited = [{"name": name, "size_bytes": path.stat().st_size} for name, path in files]
    return _bulk(lambda: {"json": {**options, "files": awaited}}, key)


def job(job_id: str) -> Call[JobView]:
    """Where a job stands."""
    return Call("GET", _job(job_id), _as(JobView.of), {"limit": 1})


def jobs(cursor: str | None, filters: Options) -> Call[Page[JobView]]:
    """A page of jobs, newest first."""
    asked = {name: _spelt(value) for name, value in filters.items() if value is not None}
    return Call("GET", f"{PREFIX}/jobs", _page("jobs", JobView.of), _from(cursor) | asked)


def files(job_id: str, cursor: str | None, filters: Options) -> Call[Page[FileView]]:
    """A page of a job's files."""
    asked = {name: value for name, value in filters.items() if value is not None}
    return Call("GET", f"{_job(job_id)}/files", _page("files", FileView.of), _from(cursor) | asked)


def file(job_id: str, number: int) -> Call[FileView]:
    """One file."""
    return Call("GET", f"{_job(job_id)}/files/{number}", _as(FileView.of))


def act(job_id: str, action: str) -> Call[JobView]:
    """`cancel` or `retry` a job. Retried twice, what failed again meanwhile is tried again: that harms nothing."""
    return Call("POST", f"{_job(job_id)}/{action}", _as(JobView.of))


def delete(job_id: str) -> Call[None]:
    """Delete a job."""
    return Call("DELETE", _job(job_id), lambda _: None)


def report(job_id: str) -> Call[Mapping[str, Any]]:
    """How each file ended."""
    return Call("GET", f"{_job(job_id)}/report", _as(dict), {"format": "json"})


def report_csv(job_id: str) -> Call[str]:
    """The same as CSV."""
    return Call("GET", f"{_job(job_id)}/report", lambda answer: answer.text, {"format": "csv"})


def analyze(path: Path | str, options: Options) -> Call[Mapping[str, Any]]:
    """The space audit of a file, or where to ask for it."""
    body = {"data": _form(options, {})}
    return Call("POST", f"{PREFIX}/analyze", _as(dict), body=lambda: body | {"files": _parts(named([path]), "file")})


def analysis(analysis_id: str) -> Call[Mapping[str, Any]]:
    """The audit, once it is there."""
    return Call("GET", f"{PREFIX}/analyses/{quote(analysis_id, safe='')}", _as(dict))


def messages(job_id: str, offset: int) -> Call[Sequence[Message]]:
    """Some of a job's webhook messages."""
    read = _as(lambda raw: [Message.of(one) for one in raw])
    return Call("GET", f"{_job(job_id)}/webhooks", read, {"offset": offset, "limit": PER_PAGE})


def replay(job_id: str, message_id: str) -> Call[Message]:
    """Send a message again."""
    path = f"{_job(job_id)}/webhooks/{quote(message_id, safe='')}/replay"
    return Call("POST", path, _as(Message.of), repeatable=False)


def uploads(job_id: str, cursor: str | None) -> Call[Page[Mapping[str, Any]]]:
    """A page of the files that are to be uploaded."""
    return Call("GET", f"{_job(job_id)}/uploads", _page("uploads", dict), _from(cursor))


def upload(job_id: str, number: int, first_part: int = 1, limit: int = 100) -> Call[Mapping[str, Any]]:
    """How to upload a file, or some of its parts."""
    asked = {"first_part": first_part, "limit": limit}
    return Call("GET", f"{_job(job_id)}/files/{number}/upload", _as(dict), asked)


def complete(job_id: str, number: int) -> Call[FileView]:
    """Say that a file is uploaded."""
    return Call("POST", f"{_job(job_id)}/files/{number}/upload", _as(FileView.of))


def events_path(job_id: str) -> str:
    """Where what happens to a job is told."""
    return f"{_job(job_id)}/events"


def download_path(job_id: str, number: int | None = None) -> str:
    """Where the results are, or one of them."""
    if number is not None:
        return f"{_job(job_id)}/files/{number}/download"
    return f"{PREFIX}/download/{quote(job_id, safe='')}"


def problem_of(response: httpx.Response) -> BulkpressApiError:
    """The error that a problem+json tells of; other answers come from something between the gateway and us."""
    kind = kind_of(response.status_code)
    after_s = seconds_of(response.headers.get("retry-after"))
    request_id = response.headers.get("x-request-id", "")
    try:
        raw = response.json()
        told = (raw["code"], raw["title"], raw.get("detail", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        told = ("unexpected_answer", response.reason_phrase, response.text[:200])
    return kind(response.status_code, *told, retry_after_s=after_s, request_id=request_id)


def file_name(response: httpx.Response) -> str:
    """The name a single result is saved under (RFC 6266); a name that is none is replaced."""
    extended = EXTENDED_NAME.search(response.headers.get("content-disposition", ""))
    try:
        return plain_name(unquote(extended[1]) if extended else "")
    except UnsafeArchiveError:
        return "result.pdf"


def sent_name(path: Path) -> str:
    """The file's name in UTF-8, also where the disk holds one that is not."""
    return os.fsencode(path.name).decode(errors="replace")


def is_loopback(url: str) -> bool:
    """Whether the address is this machine's: no proxy leads there."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bulk(body: Callable[[], dict[str, Any]], key: str | None) -> Call[str]:
    """Under a key, so that the job is made once however often this is sent."""
    headers = {"Idempotency-Key": key or uuid4().hex}
    return Call("POST", f"{PREFIX}/bulk", _as(lambda raw: str(raw["job_id"])), headers=headers, body=body)


def _form(options: Options, own: Mapping[int, Options]) -> dict[str, str]:
    fields = {name: _spelt(value) for name, value in options.items() if value is not None}
    return fields | ({"file_settings": json.dumps({str(n): dict(one) for n, one in own.items()})} if own else {})


def _spelt(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parts(files: Sequence[tuple[str, Path]], field: str = "files") -> list[tuple[str, tuple[str, LateFile, str]]]:
    return [(field, (name, LateFile(path), "application/pdf")) for name, path in files]


def _job(job_id: str) -> str:
    return f"{PREFIX}/jobs/{quote(job_id, safe='')}"


def _from(cursor: str | None) -> dict[str, Any]:
    return {"limit": PER_PAGE} | ({"cursor": cursor} if cursor else {})


def _as(make: Callable[[Any], T]) -> Callable[[httpx.Response], T]:
    return lambda response: make(response.json())


def _page(name: str, make: Callable[[Mapping[str, Any]], U]) -> Callable[[httpx.Response], Page[U]]:
    return _as(lambda raw: Page([make(one) for one in raw[name]], raw["next"]))
