"""Answers that can be asked for in part, and again (RFC 9110, 13 and 14): downloads go on where they broke off."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Header, Request, Response
from fastapi.responses import StreamingResponse

from bulkpress_core.domain.disposition import content_disposition
from bulkpress_core.domain.errors import InvalidRequestError
from upload_gateway.head_requests import is_head

ONE_RANGE = re.compile(r"bytes=[ \t]*(?:([0-9]{1,40})-([0-9]{0,40})|-([0-9]{1,40}))[ \t]*", re.IGNORECASE)


class RangeNotSatisfiableError(InvalidRequestError):
    """The range asked for begins behind the end, or is empty."""

    code = "range_not_satisfiable"

    def __init__(self, size_bytes: int) -> None:
        super().__init__(f"there are {size_bytes} bytes and none in this range: what you have may be all there is")
        self.size_bytes = size_bytes

    @property
    def headers(self) -> Mapping[str, str]:
        """What the answer must say beside its body (RFC 9110, 15.5.17)."""
        return {"Content-Range": f"bytes */{self.size_bytes}"}


class PreconditionFailedError(InvalidRequestError):
    """What `If-Match` names is not what is here now. What you have of it is of no use: ask for the whole."""

    code = "precondition_failed"


class Content(Protocol):
    """Bytes of a known length."""

    @property
    def tag(self) -> str | None:
        """The same for the same bytes, and no other; without quotes. None: they can be had whole only."""

    @property
    def size_bytes(self) -> int:
        """How many there are."""

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Those from `start` to `stop` (excluded)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request says of the version it knows and of the part it lacks."""

    only_head: bool = False
    range: str = ""
    if_range: str | None = None
    if_none_match: str | None = None
    if_match: str | None = None


async def _wanted(
    request: Request,
    asked: Annotated[
        str, Header(alias="Range", description="One range of bytes; several are answered with the whole.")
    ] = "",
    if_range: Annotated[
        str | None, Header(description="The `ETag` of what you have a part of: if it changed, the whole comes.")
    ] = None,
    if_none_match: Annotated[str | None, Header(description="`ETag`s of what you have.")] = None,
    if_match: Annotated[
        str | None, Header(description="`ETag`s, of which what is here must have one: else 412 is the answer.")
    ] = None,
) -> Wanted:
    return Wanted(is_head(request), asked, if_range, if_none_match, if_match)


WantedParts = Annotated[Wanted, Depends(_wanted)]


def content_answer(content: Content, wanted: Wanted, *, name: str, media_type: str) -> Response:
    """The content, the part of it asked for, or 304, to be saved as `name`.

    Several ranges at once are answered with the whole, as they may be (RFC 9110, 14.2). Raises PreconditionFailedError,
    RangeNotSatisfiableError.
    """
    tag = f'"{content.tag}"' if content.tag else None
    headers = {"Accept-Ranges": "bytes" if tag else "none"} | ({"ETag": tag} if tag else {})
    if wanted.if_match is not None and not _names(wanted.if_match, tag):
        raise PreconditionFailedError
    if wanted.if_none_match is not None and _lists(wanted.if_none_match, tag):
        return Response(status_code=304, headers=headers)
    size = content.size_bytes
    part = _range(wanted, tag, size)
    start, stop = part or (0, size)
    if part:
        if start >= stop:
            raise RangeNotSatisfiableError(size)
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers |= {"Content-Length": str(stop - start), "Content-Disposition": content_disposition(name)}
    pieces = iter(()) if wanted.only_head else content.read(start, stop)
    return StreamingResponse(pieces, 206 if part else 200, headers, media_type)


def _range(wanted: Wanted, tag: str | None, size: int) -> tuple[int, int] | None:
    """Start and stop of the range asked for, which is empty where it cannot be met; None for the whole.

    What is no range, or of another version, is ignored, and so are all with HEAD (14.2).
    """
    found = ONE_RANGE.fullmatch(wanted.range)
    if found is None or tag is None or wanted.only_head or wanted.if_range not in {None, tag}:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        return max(0, size - int(suffix)), size
    if last and int(last) < int(first):  # invalid (14.1.1)
        return None
    return int(first), min(int(last) + 1, size) if last else size


def _names(field: str, tag: str | None) -> bool:
    """Whether a list of tags has this very one (RFC 9110, 13.1.1), or is `*`: whatever there is."""
    tags = [one.strip() for one in field.split(",")]
    return "*" in tags or tag in tags


def _lists(field: str, tag: str | None) -> bool:
    """Whether a list of tags has this one, weak or not (RFC 9110, 13.1.2), or is `*`: whatever there is."""
    tags = [one.strip().removeprefix("W/") for one in field.split(",")]
    return "*" in tags or tag in tags
