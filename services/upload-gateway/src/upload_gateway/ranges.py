"""Answers that can be asked for in part (RFC 9110, 14): one range, held against what the client has of the content."""

import re
from collections.abc import Iterator, Mapping
from typing import Protocol

from fastapi import Response
from fastapi.responses import StreamingResponse
from starlette.requests import Request

from bulkpress_core.domain.disposition import content_disposition
from bulkpress_core.domain.errors import InvalidRequestError
from upload_gateway.head_requests import is_head

ONE_RANGE = re.compile(r"bytes=\s*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\s*", re.IGNORECASE)


class RangeNotSatisfiableError(InvalidRequestError):
    """There is nothing in the range that was asked for. Content-Range says how many bytes there are."""

    code = "range_not_satisfiable"

    def __init__(self, size_bytes: int) -> None:
        super().__init__()
        self.size_bytes = size_bytes

    @property
    def headers(self) -> Mapping[str, str]:
        """What the answer must say beside its body (RFC 9110, 15.5.17)."""
        return {"Content-Range": f"bytes */{self.size_bytes}"}


class Content(Protocol):
    """Bytes of a known length. `tag` is the same for the same bytes, and no other."""

    @property
    def tag(self) -> str:
        """Without quotes."""

    @property
    def size_bytes(self) -> int:
        """How many there are."""

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Those from `start` to `stop` (excluded)."""


def content_answer(request: Request, content: Content, *, name: str, media_type: str) -> Response:
    """The content, or the part of it asked for, to be saved as `name`. Raises RangeNotSatisfiableError.

    Several ranges at once are answered with the whole, as they may be (RFC 9110, 14.2).
    """
    tag = f'"{content.tag}"'
    headers = {"ETag": tag, "Accept-Ranges": "bytes", "Content-Disposition": content_disposition(name)}
    if _lists(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    size = content.size_bytes
    asked = _range(request.headers, tag, size)
    if asked is None:
        start, stop, status = 0, size, 200
    else:
        (start, stop), status = asked, 206
        if start >= stop:
            raise RangeNotSatisfiableError(size)
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["Content-Length"] = str(stop - start)
    pieces = iter(()) if is_head(request) else content.read(start, stop)
    return StreamingResponse(pieces, status, headers, media_type)


def _range(headers: Mapping[str, str], tag: str, size: int) -> tuple[int, int] | None:
    """Start and stop of the range asked for; an empty one cannot be met, None is no range."""
    found = ONE_RANGE.fullmatch(headers.get("range", ""))
    if found is None or headers.get("if-range", tag) != tag:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        return (max(0, size - int(suffix)), size) if int(suffix) else (size, size)
    if last and int(last) < int(first):  # invalid, and so ignored (14.1.1)
        return None
    return int(first), min(int(last) + 1, size) if last else size


def _lists(if_none_match: str, tag: str) -> bool:
    known = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return "*" in known or tag in known
