"""The errors of Bulkpress outside the engine, one tree.

    BulkpressError
    ├── InvalidRequestError            the caller's fault, to be put right by the caller
    │   ├── InvalidSettingError        invalid_setting
    │   │   ├── PasswordsNotTakenError passwords_not_taken
    │   │   └── WebhooksNotSentError   webhooks_not_sent
    │   ├── MessageNotFoundError       message_not_found
    │   ├── NoFilesError               no_files
    │   ├── TooManyFilesError          too_many_files
    │   ├── FileTooLargeError          file_too_large
    │   ├── JobTooLargeError           job_too_large
    │   ├── JobNotFoundError           job_not_found
    │   ├── JobNotFinishedError        job_not_finished
    │   ├── NoSourceError              no_source
    │   ├── NoResultsError             no_results
    │   ├── IdempotencyKeyReusedError  idempotency_key_reused
    │   └── KeyNotFoundError           key_not_found
    ├── LimitExceededError             limit_exceeded: too much at once; may be asked again later
    │   ├── TooManyRequestsError       too_many_requests
    │   ├── TooManyUploadsError        too_many_uploads
    │   ├── TooManyFilesWaitingError   too_many_files_waiting
    │   └── DailyBytesUsedUpError      daily_bytes_used_up
    ├── ConflictError                  somebody else was first; the caller stops or reads again
    │   ├── IllegalTransitionError     illegal_transition
    │   ├── JobSealedError             job_sealed
    │   ├── JobCancelledError          job_cancelled
    │   ├── IdempotencyKeyInUseError   idempotency_key_in_use
    │   └── LeaseLostError             lease_lost
    ├── ObjectNotFoundError            object_not_found
    ├── AddressRefusedError            address_refused
    ├── InfectedError                  infected
    ├── SealBrokenError                seal_broken
    └── UnavailableError               a part of the system is out of reach: may be retried
        ├── StoreUnavailableError      store_unavailable
        ├── StateUnavailableError      state_unavailable
        ├── QueueUnavailableError      queue_unavailable
        ├── UnreadableRecordError      unreadable_record
        ├── HostUnreachableError       host_unreachable
        ├── ScanFailedError            scan_failed
        └── IssuerUnavailableError     issuer_unavailable

`code` is for machines and never changes; the docstring is the message for people when no better one is given.
"""

import inspect
import math
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar


class BulkpressError(Exception):
    """Something went wrong inside Bulkpress. Look for this time in the log of the service that answered."""

    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str = "") -> None:
        super().__init__(message or inspect.cleandoc(self.__doc__ or ""))


class InvalidRequestError(BulkpressError):
    """The request cannot be met as it is."""

    code = "invalid_request"


class InvalidSettingError(InvalidRequestError):
    """A compression setting is not one Bulkpress knows or is out of its range."""

    code = "invalid_setting"


class PasswordsNotTakenError(InvalidSettingError):
    """This installation takes no passwords: it has no BULKPRESS_SECRET_KEY to keep them by. Send the file decrypted."""

    code = "passwords_not_taken"


class WebhooksNotSentError(InvalidSettingError):
    """This installation sends no webhooks: it has no BULKPRESS_SECRET_KEY to sign them with. Ask for the state."""

    code = "webhooks_not_sent"


class MessageNotFoundError(InvalidRequestError):
    """The job has no such webhook message. Its list of messages has their ids."""

    code = "message_not_found"


class NoFilesError(InvalidRequestError):
    """The request holds no file. Send one or more PDFs as multipart parts named `files`."""

    code = "no_files"


class TooManyFilesError(InvalidRequestError):
    """The job holds more files than this installation takes at once. Split it into several jobs."""

    code = "too_many_files"


class FileTooLargeError(InvalidRequestError):
    """A file is larger than this installation takes."""

    code = "file_too_large"


class JobTooLargeError(InvalidRequestError):
    """The files of the job are together larger than this installation takes at once. Split it into several jobs."""

    code = "job_too_large"

    @classmethod
    def than(cls, most_bytes: int) -> "JobTooLargeError":
        """The error for a job of more than that many bytes."""
        return cls(
            f"the files of the job have together more than {most_bytes} bytes, the most this installation takes at "
            "once: split it into several jobs"
        )


class JobNotFoundError(InvalidRequestError):
    """There is no such job: its id is wrong, or it has expired and its files were deleted."""

    code = "job_not_found"


class JobNotFinishedError(InvalidRequestError):
    """The job is still being worked on. Ask for its state until it says `finished`, then download."""

    code = "job_not_finished"


class NoSourceError(InvalidRequestError):
    """The file's source is not kept: it was refused when it came, found infected, or fetched from elsewhere."""

    code = "no_source"


class NoResultsError(InvalidRequestError):
    """No file of the job could be compressed, so there is nothing to download. Each file's `reason` says why."""

    code = "no_results"


class IdempotencyKeyReusedError(InvalidRequestError):
    """The Idempotency-Key has been sent with another request before. Make a new one for each request."""

    code = "idempotency_key_reused"


class KeyNotFoundError(InvalidRequestError):
    """There is no such API key, or it is revoked already. `bulkpress keys list` shows them."""

    code = "key_not_found"


class LimitExceededError(BulkpressError):
    """The tenant has taken all it may for now. The header Retry-After says in how many seconds to ask again."""

    code = "limit_exceeded"
    retryable = True

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__()
        self.retry_after = retry_after

    @property
    def headers(self) -> Mapping[str, str]:
        """What the answer must say beside its body (RFC 9110, 10.2.3): whole seconds."""
        return {"Retry-After": str(max(1, math.ceil(self.retry_after.total_seconds())))}


class TooManyRequestsError(LimitExceededError):
    """There were more requests than this tenant may make in a minute. Ask again when Retry-After says so."""

    code = "too_many_requests"


class TooManyUploadsError(LimitExceededError):
    """As many uploads of this tenant as it may make at once are under way. Wait for one to end, then send this."""

    code = "too_many_uploads"


class TooManyFilesWaitingError(LimitExceededError):
    """Too many files of this tenant wait to be compressed. Send more when some of them have ended."""

    code = "too_many_files_waiting"

    def __init__(self, retry_after: timedelta = timedelta(seconds=30)) -> None:
        super().__init__(retry_after)


class DailyBytesUsedUpError(LimitExceededError):
    """This tenant has uploaded all the bytes it may in a day, or has fewer left than this upload has."""

    code = "daily_bytes_used_up"


class ConflictError(BulkpressError):
    """Somebody else changed this first."""

    code = "conflict"


class IllegalTransitionError(ConflictError):
    """A file or job cannot go from the state it is in to the one asked for."""

    code = "illegal_transition"


class JobSealedError(ConflictError):
    """The job has been handed in: no file can be added to it. Start another job."""

    code = "job_sealed"


class JobCancelledError(ConflictError):
    """The job was cancelled: none of its files is tried again. Send them as another job."""

    code = "job_cancelled"


class IdempotencyKeyInUseError(ConflictError):
    """The first request with this Idempotency-Key is still being received. Wait for its answer, or ask again later."""

    code = "idempotency_key_in_use"


class LeaseLostError(ConflictError):
    """The lease on the file ran out and it is no longer this worker's: its result does not count."""

    code = "lease_lost"


class ObjectNotFoundError(BulkpressError):
    """The object store has no such object."""

    code = "object_not_found"


class AddressRefusedError(BulkpressError):
    """The address leads to somewhere other than the public internet. Only its operator can allow others."""

    code = "address_refused"


class InfectedError(BulkpressError):
    """The virus scanner found something in the file. Nothing of it is kept here."""

    code = "infected"

    def __init__(self, signature: str) -> None:
        super().__init__(f"the virus scanner found {signature!r} in the file: nothing of it is kept here")
        self.signature = signature


class SealBrokenError(BulkpressError):
    """A sealed text cannot be read: BULKPRESS_SECRET_KEY was changed since. Put the old secret behind the new one."""

    code = "seal_broken"


class UnavailableError(BulkpressError):
    """A part of the system cannot be reached. It is tried again by itself."""

    code = "unavailable"
    retryable = True


class StoreUnavailableError(UnavailableError):
    """The object store cannot be reached. Check BULKPRESS_STORE, its endpoint and credentials."""

    code = "store_unavailable"


class StateUnavailableError(UnavailableError):
    """The Redis that holds the jobs cannot be reached. Check BULKPRESS_STATE_URL."""

    code = "state_unavailable"


class QueueUnavailableError(UnavailableError):
    """The Celery broker cannot be reached. Check CELERY_BROKER_URL."""

    code = "queue_unavailable"


class UnreadableRecordError(UnavailableError):
    """A record in Redis was written by a newer version of Bulkpress than this one. Finish the upgrade, or undo it."""

    code = "unreadable_record"


class HostUnreachableError(UnavailableError):
    """A host that a user named does not answer. It is tried again by itself."""

    code = "host_unreachable"


class ScanFailedError(UnavailableError):
    """The virus scanner gave no verdict. The file is not opened before it does."""

    code = "scan_failed"


class IssuerUnavailableError(UnavailableError):
    """The keys of the issuer of tokens cannot be fetched. Check BULKPRESS_JWT_JWKS_URL."""

    code = "issuer_unavailable"
