"""The job store: the one place where the state of jobs and files lives and changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bulkpress_core.domain.jobs import Claim, Job, JobFile, JobId, Outcome, Receipt, TenantId
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.domain.queueing import QueuePlace
from bulkpress_core.domain.stories import Told


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep of the leases found."""

    returned: Mapping[Lane, int]  # files put back into their lane: ring that many bells
    quarantined: int  # files that used up their attempts and were failed with `engine_crash`


@dataclass(frozen=True, slots=True)
class Settled:
    """What a settlement led to."""

    job: Job  # as it is then
    released: int  # twins that may now be claimed in the lane: ring that many bells


@dataclass(frozen=True, slots=True)
class JobPlace:
    """Where a job stands among its tenant's, from the newest to the oldest."""

    created_at: datetime
    job_id: JobId


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some of a tenant's jobs, newest first."""

    jobs: Sequence[Job]
    last: JobPlace | None  # where to go on; None when there are no more


@dataclass(frozen=True, slots=True)
class StoreMemory:
    """Memory of the store, in bytes."""

    used: int
    limit: int  # past which it takes no writes; 0 for none but the machine's


class JobStore(Protocol):
    """Jobs, files, lanes and leases. Every method is atomic and safe to call from many processes at once.

    Times come from the caller (aware, UTC), so tests move them by hand. Any method may raise StateUnavailableError;
    those that name a job raise JobNotFoundError when there is none, unless said otherwise.
    """

    def create(self, job: Job) -> None:
        """Record a new job in state RECEIVING. It is forgotten by itself some time after `expires_at`."""

    def add_files(self, job_id: JobId, files: Sequence[JobFile], *, most_open: int | None = None) -> None:
        """Add files to a job that is RECEIVING; numbers go on from those already there. Raises JobSealedError.

        With `most_open`, raises TooManyFilesWaitingError where the tenant would have more files that have not ended.

        Of files with the same digest the first goes ahead: its twins wait until it has ended. Files may have FAILED
        already: they are counted as such, and `retry` leaves them alone. Those AWAITING_UPLOAD wait for `arrived`.
        """

    def keep_awaiting(self, job_id: JobId, *, now: datetime) -> None:
        """Say that the job's client is still uploading; of a job that awaits nothing it says nothing."""

    def awaited_in_parts(self, job_id: JobId, number: int, upload_id: str, *, instead_of: str = "") -> str:
        """Record under which id the file is uploaded in parts, if that is `instead_of` until now ("" for none).

        Returns the id that counts: another one, if somebody was faster. Raises NotAwaitedError.
        """

    def arrived(self, job_id: JobId, number: int, *, failed: Outcome | None = None, now: datetime) -> Lane | None:
        """AWAITING_UPLOAD → PENDING, or → FAILED with that outcome, never to be tried again.

        Returns the lane in which the file waits now; None while the job is not opened. Raises NotAwaitedError.
        """

    def abandoned(self, *, untouched_since: datetime, limit: int) -> Sequence[Job]:
        """Jobs with files AWAITING_UPLOAD of which nothing was heard since before that time, longest first."""

    def touch(self, job_id: JobId, *, now: datetime) -> None:
        """Say that the job is still RECEIVING; of any other job it says nothing, and is no error."""

    def stalled(self, *, untouched_since: datetime, limit: int) -> Sequence[Job]:
        """Jobs RECEIVING that were neither created nor touched since before that time: nobody uploads any more."""

    def seal(self, job_id: JobId, options: JobOptions, *, now: datetime) -> Job:
        """Hand the job in: RECEIVING → QUEUED, options fixed. Raises JobSealedError when it was handed in before.

        With `expires_in` the job expires that long after `now`, if that is before the `expires_at` it was created with.
        """

    def open(self, job_id: JobId, lane: Lane, *, now: datetime) -> Mapping[Lane, int]:
        """QUEUED → RUNNING: put its heavy files into the heavy lane and the others into `lane`; twins wait.

        Returns how many files went into each lane; of a job opened before, none.
        """

    def unopened(self, *, sealed_before: datetime, limit: int) -> Sequence[JobId]:
        """Jobs QUEUED since before that time, oldest first: their announcement was lost, announce them again."""

    def claim(self, lane: Lane, *, now: datetime, lease: timedelta) -> Claim | None:
        """Take the next file of `lane`, count the attempt, start its lease; None when the lane is empty.

        Tenants take turns by the predicted cost of what they have had, divided by their weight; within a tenant, jobs
        alternate.
        """

    def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> None:
        """Make the lease end at `now + lease`. Raises LeaseLostError, also when the job is cancelled or gone."""

    def settle(self, claim: Claim, outcome: Outcome, *, now: datetime, known_as: str = "") -> Settled:
        """End the file, add it to the job's totals, end the job with its last file, let its twins into the lane.

        Exactly one settlement of a file counts: raises LeaseLostError when the claim no longer holds. With `known_as`,
        a file done or kept is found by that name in `known`, for as long as its job is there.
        """

    def known(self, tenant: TenantId, name: str) -> JobFile | None:
        """The file of that tenant that was settled last under this name, if its job is still there."""

    def defer(self, claim: Claim, *, until: datetime) -> None:
        """Give the file back after an error, to be swept into its lane at `until`. Raises LeaseLostError."""

    def give_back(self, claim: Claim, *, lane: Lane) -> None:
        """Give the file back at once, to go first in `lane`: its own, or the heavy one, where it then stays.

        Raises LeaseLostError.
        """

    def sweep(self, *, now: datetime, max_attempts: int, limit: int = 1000) -> Swept:
        """Return files whose lease or deferral has run out to the head of their lane.

        Those whose workers died `max_attempts` times are failed, and their twins with them.
        """

    def cancel(self, job_id: JobId, *, now: datetime) -> Job:
        """End all files that have not ended, and with them the job; return it. A finished job stays as it is.

        Whoever presses one of its files finds the lease lost.
        """

    def retry(self, job_id: JobId, *, now: datetime) -> Mapping[Lane, int]:
        """Put the failed files of an opened job into their lanes once more; return how many into each.

        Raises JobCancelledError.
        """

    def get(self, job_id: JobId) -> Job:
        """The job as it stands."""

    def files(self, job_id: JobId, *, start: int = 0, stop: int | None = None) -> Sequence[JobFile]:
        """Files `start` (included) to `stop` (excluded; None: to the last) by number."""

    def listed(
        self,
        tenant: TenantId,
        *,
        after: JobPlace | None = None,
        newest: datetime | None = None,
        oldest: datetime | None = None,
        limit: int,
    ) -> JobPage:
        """Up to `limit` jobs of the tenant after that place, created from `oldest` to `newest` (both included).

        A page may hold fewer than there are, even none, where jobs have just been forgotten: go on as long as it says.
        """

    def story(self, job_id: JobId, *, after: int = 0, limit: int) -> Told:
        """Up to `limit` chapters of the job's story after that position."""

    def place(self, job_id: JobId) -> QueuePlace | None:
        """Where the job stands in its lanes; None unless it is RUNNING and none of its files has been claimed."""

    def pending(self, lane: Lane) -> int:
        """How many files wait in the lane."""

    def running(self, lane: Lane) -> int:
        """How many files of the lane are claimed or deferred."""

    def tenants_waiting(self, lane: Lane) -> int:
        """How many tenants have files waiting in the lane."""

    def waiting_since(self, lane: Lane) -> datetime | None:
        """Since when the job has had files waiting in the lane that waits longest; None if none waits."""

    def expired(self, *, now: datetime, limit: int) -> Sequence[Job]:
        """Jobs past their `expires_at`, or past the time their deletion named, oldest first, until they are deleted.

        Of one without a record, only id and tenant are told: enough to delete what it has left.
        """

    def delete(self, job_id: JobId, *, receipt: Receipt | None = None, look_again_at: datetime | None = None) -> None:
        """Forget the job, its files, its place in lanes and its leases. Deleting what is not there is no error.

        The receipt goes into the audit log, unless the job was not there. With `look_again_at`, `expired` names the job
        once more from then on: what was under way may have stored an object after its objects were deleted.
        """

    def receipts(self, tenant: TenantId, *, limit: int = 100) -> Sequence[Receipt]:
        """The tenant's last deletions, newest first. Old ones are forgotten."""

    def memory(self) -> StoreMemory | None:
        """What the store takes and may take; None where it does not say."""

    def check(self) -> None:
        """Return if the store answers. Raises StateUnavailableError."""
