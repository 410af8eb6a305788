"""Objects of users in the S3 installation that Bulkpress works with: read, listed, and written where a job says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bulkpress_core.domain.origins import S3Place


@dataclass(frozen=True, slots=True)
class FoundObject:
    """An object in a list."""

    place: S3Place
    size_bytes: int


class ForeignObjects(Protocol):
    """Objects by place; who may name which is for the caller to know. There is no way to delete one.

    Any method may raise StoreUnavailableError.
    """

    def listed(self, prefix: S3Place) -> Iterator[FoundObject]:
        """All objects below the prefix in the order of their keys, asked for a page at a time as they are taken.

        Those that stand for folders, whose keys end in `/`, are left out.
        """

    def read(self, place: S3Place) -> Iterator[bytes]:
        """The object's bytes; the first are there when this returns. Raises ObjectNotFoundError."""

    def store(self, path: Path, place: S3Place) -> int:
        """Copy a local file to the place, replacing at once what is there; return its size in bytes."""
