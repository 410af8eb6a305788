"""When a request is sent again, and after how long."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bulkpress_client.sdk.errors import BulkpressApiError, BulkpressClientError, UnreachableError

PASSING = frozenset({429, 502, 503, 504})
IN_USE = "idempotency_key_in_use"  # the first attempt is still being taken in


@dataclass(frozen=True, slots=True)
class Retries:
    """At most so many attempts, with pauses that double from `first_s` up to `most_s`, half of each by chance.

    Where the gateway names a pause (`Retry-After`) that is taken, unless it is longer than `patience_s`: then the error
    is raised, which names it too.
    """

    attempts: int = 6
    first_s: float = 0.5
    most_s: float = 20.0
    patience_s: float = 60.0

    def pause_s(self, error: BulkpressClientError, attempt: int, *, repeatable: bool = True) -> float | None:
        """How long to wait after the error of that attempt (from 1 on) before the next; None to give up."""
        if attempt >= self.attempts or not _may_pass(error, repeatable=repeatable):
            return None
        told = error.retry_after_s if isinstance(error, BulkpressApiError) else None
        if told is not None:
            return told if told <= self.patience_s else None
        longest: float = min(self.most_s, self.first_s * 2.0 ** (attempt - 1))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - so that many clients do not come back at once


NO_RETRIES = Retries(attempts=1)


def _may_pass(error: BulkpressClientError, *, repeatable: bool) -> bool:
    if isinstance(error, UnreachableError):
        return repeatable
    return isinstance(error, BulkpressApiError) and (error.status in PASSING or error.code == IN_USE)


def seconds_of(retry_after: str | None, now: datetime | None = None) -> float | None:
    """The seconds that a `Retry-After` stands for, a number or a date (RFC 9110, 10.2.3); None for neither."""
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())
