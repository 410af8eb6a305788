"""JSON bodies (RFC 8259): read whole, since nothing can be said of half of one, and so bounded."""

import json
from collections.abc import AsyncIterator
from typing import Any

from bulkpress_core.domain.errors import InvalidRequestError

MEDIA_TYPE = "application/json"
MAX_BODY_BYTES = 16 * 2**20  # 100,000 files with addresses of 130 characters; parsed, some ten times that


class MalformedJsonError(InvalidRequestError):
    """The body is no JSON object (RFC 8259, in UTF-8). Check the client that makes it."""

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
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedJsonError from None
    if not isinstance(told, dict):
        raise MalformedJsonError
    return told
