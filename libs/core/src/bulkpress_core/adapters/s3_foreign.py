"""Objects of users in S3 or what speaks like it, through the same client as the object store's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bulkpress_core.adapters.s3_errors import asking_s3
from bulkpress_core.adapters.s3_objects import S3ObjectStore
from bulkpress_core.domain.origins import S3Place
from bulkpress_core.ports.foreign_objects import FoundObject


class S3ForeignObjects:
    """ForeignObjects in all buckets that the credentials of `client` reach."""

    def __init__(self, client: Any, *, part_size_bytes: int = 8 * 2**20) -> None:
        self._client = client
        self._part_size_bytes = part_size_bytes
        self._buckets: dict[str, S3ObjectStore] = {}

    def listed(self, prefix: S3Place) -> Iterator[FoundObject]:
        """All objects below the prefix."""
        with asking_s3(f"list {prefix.url!r}"):
            paginator = self._client.get_paginator("list_objects_v2")
            for page in paginator.paginate(Bucket=prefix.bucket, Prefix=prefix.key):
                for found in page.get("Contents", ()):
                    if not found["Key"].endswith("/"):
                        yield FoundObject(S3Place(prefix.bucket, found["Key"]), int(found["Size"]))

    def read(self, place: S3Place) -> Iterator[bytes]:
        """The object's bytes."""
        return self._bucket(place).read(place.key)

    def store(self, path: Path, place: S3Place) -> int:
        """Copy a local file to the place, in parts if it is large."""
        return self._bucket(place).store(path, place.key)

    def _bucket(self, place: S3Place) -> S3ObjectStore:
        return self._buckets.setdefault(
            place.bucket, S3ObjectStore(self._client, place.bucket, part_size_bytes=self._part_size_bytes)
        )
