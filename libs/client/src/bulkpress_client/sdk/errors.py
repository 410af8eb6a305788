"""The SDK's errors.

BulkpressClientError
├── BulkpressApiError            the gateway answered with a problem
│   ├── InvalidRequestError      400, 413, 415, 422    the request is at fault: change it
│   ├── NotAuthenticatedError    401                   no key, or one that is unknown, expired or revoked
│   ├── ForbiddenError           403                   the key may not do this
│   ├── NotFoundError            404, 410              there is no such job or file (any more)
│   ├── ConflictError            409, 412              not now, not in this state
│   ├── LimitedError             429                   a limit of the tenant is reached: `retry_after_s`
│   └── ServerError              500 to 599            Bulkpress, or what is before it, is at fault
├── UnreachableError             it did not answer
└── UnsafeArchiveError           its archive would write outside the folder
"""

from collections.abc import Mapping


class BulkpressClientError(Exception):
    """Talking to Bulkpress did not work."""


class BulkpressApiError(BulkpressClientError):
    """The gateway refused the request. `code` is for programs; `title` and `detail` are for people (RFC 9457)."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        *,
        retry_after_s: float | None = None,
        request_id: str = "",
    ) -> None:
        super().__init__(f"{detail or title} ({code}, HTTP {status})")
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.retry_after_s = retry_after_s  # for how long the gateway asks to wait
        self.request_id = request_id  # by which its operators find the request


class InvalidRequestError(BulkpressApiError):
    """The request is at fault. Sent again as it is, it fails again."""


class NotAuthenticatedError(BulkpressApiError):
    """The gateway wants an API key or a token, and got none that counts."""


class ForbiddenError(BulkpressApiError):
    """Whose key this is may not do that."""


class NotFoundError(BulkpressApiError):
    """There is no such job or file, or not any more."""


class ConflictError(BulkpressApiError):
    """It cannot be done in the state that the job or file is in."""


class LimitedError(BulkpressApiError):
    """The tenant has reached a limit."""


class ServerError(BulkpressApiError):
    """Bulkpress, or something between it and us, is at fault."""


KINDS: Mapping[int, type[BulkpressApiError]] = {
    400: InvalidRequestError,
    401: NotAuthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    410: NotFoundError,
    412: ConflictError,
    413: InvalidRequestError,
    415: InvalidRequestError,
    422: InvalidRequestError,
    429: LimitedError,
}


def kind_of(status: int) -> type[BulkpressApiError]:
    """The error that stands for this HTTP status."""
    return ServerError if status >= 500 else KINDS.get(status, BulkpressApiError)


class UnreachableError(BulkpressClientError):
    """The gateway did not answer, or the connection broke. Is it running, and is the address right?"""

    def __init__(self, base_url: str, why: str) -> None:
        super().__init__(f"no answer from {base_url}: {why or 'the connection broke'}. Is it running there?")


class UnsafeArchiveError(BulkpressClientError):
    """An archive names an entry that would be written outside the folder. Nothing of it was unpacked."""

    def __init__(self, entry: str) -> None:
        super().__init__(f"the archive has an entry {entry[:120]!r}, which leaves its folder: nothing was unpacked")
