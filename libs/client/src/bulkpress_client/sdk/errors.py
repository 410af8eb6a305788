"""The SDK's errors.

BulkpressClientError
├── BulkpressApiError      the gateway answered with a problem
├── UnreachableError       it did not answer
└── UnsafeArchiveError     its archive would write outside the folder
"""


class BulkpressClientError(Exception):
    """Talking to Bulkpress did not work."""


class BulkpressApiError(BulkpressClientError):
    """The gateway refused the request. `code` is for machines; `title` and `detail` are for people (RFC 9457)."""

    def __init__(self, status: int, code: str, title: str, detail: str) -> None:
        super().__init__(f"{detail or title} ({code}, HTTP {status})")
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail


class UnreachableError(BulkpressClientError):
    """The gateway did not answer, or the connection broke. Is it running, and is the address right?"""

    def __init__(self, base_url: str, why: str) -> None:
        super().__init__(f"no answer from {base_url}: {why or 'the connection broke'}. Is it running there?")


class UnsafeArchiveError(BulkpressClientError):
    """An archive names an entry that would be written outside the folder. Nothing of it was unpacked."""

    def __init__(self, entry: str) -> None:
        super().__init__(f"the archive has an entry {entry[:120]!r}, which leaves its folder: nothing was unpacked")
