"""Direct uploads: objects that clients send straight to the store, by URLs that anyone may use for a while."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Protocol

from bulkpress_core.domain.direct_uploads import StoredPart


class DirectUploads(Protocol):
    """The part of an object store that gives URLs to write to. Any method may raise StoreUnavailableError.

    A URL writes its own object or part, of the size it was given for, as often as it is used until it expires: what may
    not change any more must be copied to another key. `delete_prefix` ends all uploads in parts below a prefix.
    """

    def put_url(self, key: str, *, size_bytes: int, expires_in: timedelta) -> str:
        """A URL that takes the object whole, with one PUT."""

    def begin(self, key: str) -> str:
        """Begin to take an object in parts; return the upload's id."""

    def part_url(self, key: str, upload_id: str, number: int, *, size_bytes: int, expires_in: timedelta) -> str:
        """A URL that takes part `number`, from 1 on. Its answer's ETag is needed to complete the object."""

    def parts(self, key: str, upload_id: str) -> Iterator[StoredPart]:
        """The parts that are there, by number; of an object that is complete, some servers tell none.

        Raises UploadEndedError.
        """

    def complete(self, key: str, upload_id: str, etags: Sequence[str]) -> None:
        """Make the object of its parts, in order. Some servers still take parts by old URLs, which spoils the object.

        Raises PartsRefusedError when a part is missing or another one, UploadEndedError when the upload is over.
        """

    def abort(self, key: str, upload_id: str) -> None:
        """End the upload and delete its parts; one that is over is no error."""
