"""Cursors: where a list goes on, in words that clients hand back and do not read."""

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta

from bulkpress_core.domain.errors import InvalidRequestError
from bulkpress_core.domain.jobs import JobId
from bulkpress_core.ports.job_store import JobPlace

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
JOB_PLACE = re.compile(r"j(\d{1,14}):([0-9a-zA-Z-]{1,64})")
FILE_NUMBER = re.compile(r"f(\d{1,12})")


class InvalidCursorError(InvalidRequestError):
    """The cursor is none of this list. Send `next` of the page before as it came, or no cursor for the first page."""

    code = "invalid_cursor"


def job_cursor(place: JobPlace) -> str:
    """The cursor that goes on after that job."""
    return _sealed(f"j{(place.created_at - EPOCH) // timedelta(milliseconds=1)}:{place.job_id}")


def job_place(cursor: str) -> JobPlace:
    """The inverse of `job_cursor`. Raises InvalidCursorError."""
    created_ms, job_id = _opened(cursor, JOB_PLACE).groups()
    return JobPlace(EPOCH + timedelta(milliseconds=int(created_ms)), JobId(job_id))


def file_cursor(number: int) -> str:
    """The cursor that goes on with the file of that number."""
    return _sealed(f"f{number}")


def file_number(cursor: str) -> int:
    """The inverse of `file_cursor`. Raises InvalidCursorError."""
    return int(_opened(cursor, FILE_NUMBER)[1])


def _sealed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _opened(cursor: str, form: re.Pattern[str]) -> re.Match[str]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise InvalidCursorError from None
    if not (found := form.fullmatch(text)):
        raise InvalidCursorError
    return found
