"""Direct uploads: files that clients put into the object store themselves, whole or in parts."""

from dataclasses import dataclass

from bulkpress_core.domain.errors import ConflictError, InvalidRequestError
from bulkpress_core.domain.jobs import LOOK_AGAIN_AFTER

MIN_PART_BYTES = 5 * 2**20  # S3 takes no smaller one, except the last of an object ...
MAX_PART_BYTES = 5 * 2**30  # ... nor a larger one, nor more than that with one PUT
MAX_PARTS = 10_000
URLS_LAST = LOOK_AGAIN_AFTER  # no longer, or they could write where a deleted job is no longer looked for


class PartsRefusedError(ConflictError):
    """The parts do not make the file: one is missing, changed or of another size. Put it again, then complete."""

    code = "parts_refused"


class UploadEndedError(ConflictError):
    """The store no longer takes parts of this file. Ask for the URLs of its parts again, and put them all."""

    code = "upload_ended"


class NotAwaitedError(ConflictError):
    """The file is not to be uploaded (any more): it has arrived, was given up, or its job was cancelled."""

    code = "not_awaited"


class NotArrivedError(ConflictError):
    """The file is not there yet, or not in the size that it was handed in with. Put it, then complete the upload."""

    code = "not_arrived"


class NoDirectUploadsError(InvalidRequestError):
    """This installation's object store has no URLs. Send the files with the request, as multipart/form-data."""

    code = "no_direct_uploads"


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part that the store has."""

    number: int
    size_bytes: int
    etag: str


@dataclass(frozen=True, slots=True)
class PartPlan:
    """How a file is cut: parts of `part_size_bytes`, numbered from 1 on, and a last one with what is left."""

    size_bytes: int
    part_size_bytes: int

    @property
    def count(self) -> int:
        """How many parts there are."""
        return -(-self.size_bytes // self.part_size_bytes)

    def size_of(self, number: int) -> int:
        """The size in bytes of part `number`, which is from 1 to `count`."""
        return min(self.part_size_bytes, self.size_bytes - (number - 1) * self.part_size_bytes)


def part_plan(size_bytes: int, part_size_bytes: int) -> PartPlan | None:
    """How a file of that size is cut; None for one that goes up whole. No file has more than MAX_PARTS."""
    if size_bytes <= part_size_bytes:
        return None
    return PartPlan(size_bytes, max(part_size_bytes, -(-size_bytes // MAX_PARTS)))
