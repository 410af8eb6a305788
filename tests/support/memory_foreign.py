"""Objects of users in memory, for tests that need no S3 server; tests/contract holds it against the real one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bulkpress_core.domain.errors import ObjectNotFoundError
from bulkpress_core.domain.origins import S3Place
from bulkpress_core.ports.foreign_objects import FoundObject

PIECE_BYTES = 64 * 1024


@dataclass
class MemoryForeignObjects:
    """ForeignObjects as a dictionary by URL."""

    content: dict[str, bytes] = field(default_factory=dict)
    taken: int = 0  # objects of lists that were asked for

    def listed(self, prefix: S3Place) -> Iterator[FoundObject]:
        """All objects below the prefix."""
        for url in sorted(self.content):
            if url.startswith(prefix.url) and not url.endswith("/"):
                self.taken += 1
                yield FoundObject(S3Place.of(url), len(self.content[url]))

    def read(self, place: S3Place) -> Iterator[bytes]:
        """The object's bytes."""
        if place.url not in self.content:
            raise ObjectNotFoundError
        content = self.content[place.url]
        return (content[at : at + PIECE_BYTES] for at in range(0, len(content), PIECE_BYTES))

    def store(self, path: Path, place: S3Place) -> int:
        """Copy a local file to the place."""
        self.content[place.url] = path.read_bytes()
        return len(self.content[place.url])
