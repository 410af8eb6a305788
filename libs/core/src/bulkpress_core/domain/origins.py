"""Where the bytes of a file come from: the closed list of ways to hand one in, and how a fetched one may fail.

SourceRefusedError          source_refused      fetching it again would end the same way
SourceTooLargeError         source_too_large
SourceUnavailableError      source_unavailable  it is tried again by itself
"""

import re
from dataclasses import dataclass, field

from bulkpress_core.domain.errors import BulkpressError, UnavailableError

MAX_SOURCE_URL_CHARS = 4096  # presigned URLs with a session token have some 2,000
# 80, 443, and 1024 to 65535: below are mail, shells and the like, which can be made to misread HTTP.
WEB_PORT = (
    r"80|443|102[4-9]|10[3-9][0-9]|1[1-9][0-9]{2}|[2-9][0-9]{3}|[1-5][0-9]{4}|"
    r"6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
)
# RFC 3986 without user, fragment and addresses in brackets. Whether the host may be asked, its fetcher finds out.
SOURCE_URL = re.compile(
    rf"""https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:({WEB_PORT}))?(/[!"$->@-~]*)?([?][!"$-~]*)?"""
)
# Buckets as AWS names them today; a key is any text, up to 1024 bytes of it in UTF-8 (AWS: "Naming Amazon S3 objects").
S3_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^\x00-\x1f\x7f]*")
MAX_KEY_BYTES = 1024
MAX_S3_URL_CHARS = MAX_KEY_BYTES + 69


class SourceRefusedError(BulkpressError):
    """The file's address leads to nothing that may be fetched. Check it, and that it needs no login."""

    code = "source_refused"


class SourceTooLargeError(BulkpressError):
    """What the file's address leads to is larger than this installation takes."""

    code = "source_too_large"


class SourceUnavailableError(UnavailableError):
    """The host that the file is to be fetched from does not answer as it should."""

    code = "source_unavailable"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The bytes came with the job: the object store has them under the file's `source_key`."""


@dataclass(frozen=True, slots=True)
class DirectUpload:
    """The client puts the bytes into the object store itself (domain/direct_uploads.py), while the job waits for them.

    Its URLs write until they expire, so what they wrote is read once, by the worker, and is nobody's result: the object
    store gets the file under its `source_key` only if it turns out to be its own best result.
    """

    upload_id: str = ""  # of the upload in parts, once one was begun


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A worker fetches the file from a URL, which may hold a secret: what is shown to people is `shown`.

    The object store gets the file, under its `source_key`, only if it turns out to be its own best result.
    """

    url: str = field(repr=False)  # as `seal` has left it, if it is sealed
    shown: str  # scheme, host, port and path
    is_sealed: bool


@dataclass(frozen=True, slots=True)
class S3Place:
    """An object that is not the object store's own, or with a `key` that is empty or ends in `/`, all below it."""

    bucket: str
    key: str

    @classmethod
    def of(cls, url: str) -> "S3Place":
        """The place that an S3_URL names."""
        bucket, _, key = url.removeprefix("s3://").partition("/")
        return cls(bucket, key)

    @property
    def url(self) -> str:
        """Its name, for people and in requests."""
        return f"s3://{self.bucket}/{self.key}"

    def holds(self, other: "S3Place") -> bool:
        """Whether the other is this place or below it."""
        below = other.key.startswith(self.key) if self.is_prefix else other.key == self.key
        return other.bucket == self.bucket and below

    @property
    def is_prefix(self) -> bool:
        """Whether it stands for all that is below it."""
        return not self.key or self.key.endswith("/")


@dataclass(frozen=True, slots=True)
class ForeignObject:
    """A worker reads the file from a place of its owner's, which is never written to, nor is anything deleted there.

    With a `target`, the result goes there and nowhere else; without one, the object store gets it as usual.
    """

    place: S3Place
    target: S3Place | None = None


Origin = Uploaded | DirectUpload | WebAddress | ForeignObject
UPLOADED = Uploaded()


def shown_origin(origin: Origin) -> str | None:
    """Where a file comes from, as people may see it; None if its client sends it."""
    match origin:
        case Uploaded() | DirectUpload():
            return None
        case WebAddress():
            return origin.shown
        case ForeignObject():
            return origin.place.url


def shown_target(origin: Origin) -> str | None:
    """Where the result of a file goes; None if that is the object store."""
    return origin.target.url if isinstance(origin, ForeignObject) and origin.target else None


def without_query(url: str) -> str:
    """As much of a SOURCE_URL as may be shown: presigned URLs have their secrets in the query."""
    return url.partition("?")[0]
