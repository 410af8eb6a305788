"""A job's place among those that wait for the same workers."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a job stands of which no file has been claimed, if nobody hands in anything more.

    Times follow from the pace of the lanes' workers lately; None where that is unknown, or nobody works.
    """

    position: int  # of its next file among all that wait: 1 is the next to be claimed
    files_ahead: int  # of other jobs, that will be claimed before its last one
    starts_in: timedelta | None  # until its next file is claimed
    ends_in: timedelta | None  # until its last one has ended
