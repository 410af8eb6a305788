"""The job store: the one place where the state of jobs and files lives and changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bulkpress_core.domain.compression import CompressionSettings
from bulkpress_core.domain.jobs import Claim, Job, JobFile, JobId, Outcome
from bulkpress_core.domain.lanes import Lane


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep of the leases found."""

    returned: Mapping[Lane, int]  # files put back into their lane: ring that many bells
    quarantined: int  # files that used up their attempts and were failed with `engine_crash`


class JobStore(Protocol):
    """Jobs, files, lanes and leases. Every method is atomic and safe to call from many processes at once.

    Times come from the caller (aware, UTC), so tests move them by hand. Any method may raise StateUnavailableError;
    those that name a job raise JobNotFoundError when there is none, unless said otherwise.
    """

    def create(self, job: Job) -> None:
        """Record a new job in state RECEIVING. It is forgotten by itself some time after `expires_at`."""

    def add_files(self, job_id: JobId, files: Sequence[JobFile]) -> None:
        """Add files to a job that is RECEIVING; numbers go on from those already there. Raises JobSealedError."""

    def seal(self, job_id: JobId, settings: CompressionSettings, *, now: datetime) -> Job:
        """Hand the job in: RECEIVING → QUEUED, settings fixed. Raises JobSealedError when it was handed in before."""

    def open(self, job_id: JobId, lane: Lane, *, now: datetime) -> int:
        """QUEUED → RUNNING: put every file into `lane`; return how many. A job opened before returns 0."""

    def unopened(self, *, sealed_before: datetime, limit: int) -> Sequence[JobId]:
        """Jobs QUEUED since before that time, oldest first: their announcement was lost, announce them again."""

    def claim(self, lane: Lane, *, now: datetime, lease: timedelta) -> Claim | None:
        """Take the next file of `lane`, count the attempt, start its lease; None when the lane is empty.

        Tenants take turns by the predicted cost of what they have had; within a tenant, jobs alternate.
        """

    def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> None:
        """Make the lease end at `now + lease`. Raises LeaseLostError (also when the job is gone)."""

    def settle(self, claim: Claim, outcome: Outcome, *, now: datetime) -> Job:
        """End the file, add it to the job's totals, end the job with its last file; return the job as it is then.

        Exactly one settlement of a file counts: raises LeaseLostError when the claim no longer holds.
        """

    def defer(self, claim: Claim, *, until: datetime) -> None:
        """Give the file back, to be swept into its lane at `until`. Raises LeaseLostError."""

    def sweep(self, *, now: datetime, max_attempts: int, limit: int = 1000) -> Swept:
        """Return files whose lease or deferral has run out to the head of their lane; fail those out of attempts."""

    def get(self, job_id: JobId) -> Job:
        """The job as it stands."""

    def files(self, job_id: JobId, *, start: int = 0, stop: int | None = None) -> Sequence[JobFile]:
        """Files `start` (included) to `stop` (excluded; None: to the last) by number."""

    def pending(self, lane: Lane) -> int:
        """How many files wait in the lane."""

    def running(self, lane: Lane) -> int:
        """How many files of the lane are claimed or deferred."""

    def expired(self, *, now: datetime, limit: int) -> Sequence[Job]:
        """Jobs past their `expires_at`, oldest first, until they are deleted.

        Of one whose record went by itself, only id and tenant are told: enough to delete what it has left.
        """

    def delete(self, job_id: JobId) -> None:
        """Forget the job, its files, its place in lanes and its leases. Deleting what is not there is no error."""

    def check(self) -> None:
        """Return if the store answers. Raises StateUnavailableError."""
