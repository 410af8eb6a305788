"""What one tenant may take of the system: how many requests, uploads, bytes and waiting files.

Requests and bytes are metered by the generic cell rate algorithm (ITU-T I.371, A): a quota `q` over a window `w` may be
taken all at once, and comes back evenly, one unit each `w / q`. Two numbers describe it to clients: what remains, and
in how many seconds all of it is there again (draft-ietf-httpapi-ratelimit-headers).
"""

from dataclasses import dataclass
from datetime import timedelta

REQUESTS_WINDOW = timedelta(minutes=1)
BYTES_WINDOW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TenantLimits:
    """The most of each; None where there is no limit."""

    requests_per_minute: int | None = None
    uploads_at_once: int | None = None
    bytes_per_day: int | None = None  # uploaded
    files_waiting: int | None = None  # of all the tenant's jobs together, those being pressed included

    @property
    def are_none(self) -> bool:
        """Whether nothing is limited that a request must be asked about."""
        return self.requests_per_minute is None and self.limit_no_upload

    @property
    def limit_no_upload(self) -> bool:
        """Whether nothing is limited that an upload must be asked about."""
        return self.uploads_at_once is None and self.bytes_per_day is None and self.files_waiting is None


@dataclass(frozen=True, slots=True)
class Quota:
    """How a metered quota stands."""

    name: str
    most: int
    window: timedelta
    remaining: int
    whole_in: timedelta  # until all of it is there again


@dataclass(frozen=True, slots=True)
class Admitted:
    """How the tenant stands after a request was let in."""

    requests: Quota | None = None
    bytes: Quota | None = None  # of an upload; what it announced is taken already
