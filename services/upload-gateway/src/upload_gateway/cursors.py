"""Cursors: where a list goes on. Clients hand them back and need not read them; whatever has the form is one."""

from datetime import UTC, datetime, timedelta

from bulkpress_core.domain.jobs import JobId
from bulkpress_core.ports.job_store import JobPlace

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
JOB_CURSOR = "^[0-9a-f]{1,11}-[0-9a-f]{32}$"  # milliseconds since 1970 until the year 2527, and the job's id
FILE_CURSOR = "^[0-9]{1,12}$"


def job_cursor(place: JobPlace) -> str:
    """The cursor that goes on after that job."""
    return f"{(place.created_at - EPOCH) // timedelta(milliseconds=1):x}-{place.job_id}"


def job_place(cursor: str) -> JobPlace:
    """The inverse of `job_cursor`, of anything that has its form."""
    created_ms, _, job_id = cursor.partition("-")
    return JobPlace(EPOCH + timedelta(milliseconds=int(created_ms, 16)), JobId(job_id))


def file_cursor(number: int) -> str:
    """The cursor that goes on with the file of that number."""
    return str(number)


def file_number(cursor: str) -> int:
    """The inverse of `file_cursor`, of anything that has its form."""
    return int(cursor)
