"""JSON bodies (RFC 8259): read whole, since nothing can be said of half of one, and so bounded."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

from bulkpress_core.domain.errors import InvalidRequestError

MEDIA_TYPE = "application/json"
MAX_BODY_BYTES = 16 * 2**20  # 100,000 files with addresses of 130 characters; parsed, some ten times that
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")  # an escape of half a character, if it is one


class MalformedJsonError(InvalidRequestError):
    """The body is no JSON object (RFC 8259, in UTF-8, each name once). Check the client that makes it."""

    code = "malformed_json"


class BodyTooLargeError(InvalidRequestError):
    """The JSON body is larger than is read. Split the job into several."""

    code = "body_too_large"


def is_json(content_type: str | None) -> bool:
    """Whether a body of this Content-Type is JSON; parameters make no difference (RFC 8259, 11)."""
    return (content_type or "").partition(";")[0].strip().lower() == MEDIA_TYPE


def check_length(body_bytes: int | None) -> None:
    """Raise BodyTooLargeError for a body whose length, told beforehand, is too much."""
    if body_bytes is not None and body_bytes > MAX_BODY_BYTES:
        raise BodyTooLargeError(f"the JSON body is larger than {MAX_BODY_BYTES} bytes: split the job into several")


async def read_body(pieces: AsyncIterator[bytes]) -> bytes:
    """The body. Raises BodyTooLargeError as soon as it is."""
    body = bytearray()
    async for piece in pieces:
        body += piece
        check_length(len(body))
    return bytes(body)


def object_of(body: bytes) -> dict[str, Any]:
    """What the body says. Raises MalformedJsonError."""
    try:
        told = parsed(body.decode("utf-8-sig"))
    except ValueError:
        raise MalformedJsonError from None
    if not isinstance(told, dict):
        raise MalformedJsonError
    return told


def parsed(text: str) -> Any:
    """What the text says as I-JSON (RFC 7493), which all read in the same way. Raises ValueError.

    No name is there twice in an object, no number is NaN or infinite by name, and no text has half of a character: such
    could neither be stored nor shown.
    """
    try:
        told = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)
        if SURROGATE.search(text):
            json.dumps(told, ensure_ascii=False).encode()  # fails, unless all of them come in pairs
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return told


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) < len(pairs):
        raise ValueError("a name is there twice")
    return told


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")
