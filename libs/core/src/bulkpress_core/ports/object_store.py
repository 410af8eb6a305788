"""The object store: where the bytes of sources and results live."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from bulkpress_core.ports.direct_uploads import DirectUploads

READ_CHUNK_BYTES = 256 * 1024


class ObjectWriter(Protocol):
    """An object being written. Nothing is visible under its key before `commit`."""

    def write(self, chunk: bytes) -> None:
        """Append bytes; memory stays bounded however many follow. Raises StoreUnavailableError."""

    def commit(self) -> int:
        """Make the object visible, whole; return its size in bytes. Raises StoreUnavailableError."""


class ObjectStore(Protocol):
    """Objects by key. Keys are made by Bulkpress (`tenant/job/…`), never from a client's file name.

    Any method may raise StoreUnavailableError; reading what is not there raises ObjectNotFoundError.
    """

    @property
    def direct_uploads(self) -> DirectUploads | None:
        """What clients may send to the store themselves; None if it has no URLs."""

    def writer(self, key: str) -> AbstractContextManager[ObjectWriter]:
        """Write an object in pieces. Leaving the context without `commit` discards all that was written."""

    def read(self, key: str, *, start: int = 0) -> Iterator[bytes]:
        """The object's bytes from `start` on, none if it has no more than that, in chunks of at most
        READ_CHUNK_BYTES. The first chunk is there when this returns."""

    def fetch(self, key: str, path: Path) -> int:
        """Copy the object into a new local file; return its size in bytes. On an error no file is left."""

    def store(self, path: Path, key: str) -> int:
        """Copy a local file into the object `key`, replacing it at once if there; return its size in bytes."""

    def size(self, key: str) -> int:
        """The object's size in bytes."""

    def head(self, key: str, size_bytes: int) -> bytes:
        """The object's first bytes, up to so many; no more is read."""

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with `prefix`, which ends in `/`, in order."""

    def copy(self, key: str, to: str) -> int:
        """Copy the object to another key, replacing what is there; return its size in bytes."""

    def delete(self, key: str) -> None:
        """Delete the object; one that is not there is no error."""

    def delete_prefix(self, prefix: str) -> int:
        """Delete all objects whose key begins with `prefix`, which ends in `/`; return how many."""

    def presigned_get(self, key: str, *, expires_in: timedelta, file_name: str) -> str | None:
        """A URL from which anyone can read the object for a while, saved as `file_name`; None if the store has none."""

    def check(self) -> None:
        """Return if the store can be read and written. Raises StoreUnavailableError."""
