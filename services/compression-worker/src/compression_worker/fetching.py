"""Bringing the source of a file to the scratch disk, from wherever it is: bounded, and no further than needed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bulkpress_core.domain.cost import CostFacts, CostSkimmer, predicted_ms
from bulkpress_core.domain.errors import AddressRefusedError, HostUnreachableError, ObjectNotFoundError
from bulkpress_core.domain.jobs import Claim, Outcome
from bulkpress_core.domain.lanes import Lane, is_heavy
from bulkpress_core.domain.origins import (
    DirectUpload,
    ForeignObject,
    S3Place,
    SourceRefusedError,
    SourceTooLargeError,
    SourceUnavailableError,
    Uploaded,
    WebAddress,
)
from bulkpress_core.domain.sniffing import HEAD_BYTES, refused_by
from bulkpress_core.ports.foreign_objects import ForeignObjects
from bulkpress_core.ports.web import WebAnswer
from compression_worker.deps import Deps

ASKED_FOR = {"user-agent": "Bulkpress/1.0", "accept": "application/pdf, */*;q=0.1", "accept-encoding": "identity"}
OK = 200
MAY_PASS = frozenset({408, 425, 429})  # besides all of 5xx (RFC 9110, 15.5.9; RFC 8470, 5.2; RFC 6585, 4)
ROOM_STEP_BYTES = 16 * 2**20  # of a file of unknown length, room is looked for so many bytes ahead
MAX_LENGTH_DIGITS = 18


class NoPdfError(Exception):
    """What comes is no PDF: the rest is not fetched."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome


class TooHeavyForLaneError(Exception):
    """The file proves to be one for the heavy lane, while it is fetched: there it is fetched again."""


def fetch(claim: Claim, path: Path, deps: Deps, check: Callable[[], None]) -> int:
    """Write the file's source to `path`, which must not exist; return its size in bytes.

    `check` is called with every piece, and may raise. Raises SourceRefusedError, SourceTooLargeError, NoPdfError,
    TooHeavyForLaneError, UnavailableError, ObjectNotFoundError, SealBrokenError and OSError.
    """
    match claim.file.origin:
        case Uploaded():
            return _write(deps.objects.read(claim.file.source_key), path, check)
        case DirectUpload():
            return _write(_Guard(claim, deps).passing(deps.objects.read(claim.put_key)), path, check)
        case WebAddress() as address:
            with _answer(address, claim.lane, deps) as answer:
                guard = _Guard(claim, deps)
                guard.announce(_length_of(answer))
                return _write(guard.passing(answer.pieces), path, check)
        case ForeignObject(place):
            return _write(_Guard(claim, deps).passing(_foreign(place, deps)), path, check)


def foreign_objects(deps: Deps) -> ForeignObjects:
    """Where users have objects of their own. Raises SourceRefusedError."""
    if deps.foreign is None:
        raise SourceRefusedError("The file is not read: this installation no longer takes files from S3.")
    return deps.foreign


def _foreign(place: S3Place, deps: Deps) -> Iterator[bytes]:
    try:
        yield from foreign_objects(deps).read(place)
    except ObjectNotFoundError:
        raise SourceRefusedError("The file cannot be read: there is no such object. Check its key.") from None


def _write(pieces: Iterator[bytes], path: Path, check: Callable[[], None]) -> int:
    with path.open("xb") as local:
        for piece in pieces:
            check()
            local.write(piece)
        return local.tell()


@contextmanager
def _answer(address: WebAddress, lane: Lane, deps: Deps) -> Iterator[WebAnswer]:
    """The answer that holds the file. What errors say does not quote the address."""
    url = deps.unseal(address.url) if address.is_sealed else address.url
    try:
        with deps.web.request("GET", url, headers=ASKED_FOR, limit_s=deps.fetch_limit_s(lane)) as answer:
            _check_status(answer.status)
            yield answer
    except HostUnreachableError as error:
        raise SourceUnavailableError(f"The file could not be fetched: {error}.") from None
    except AddressRefusedError as error:
        raise SourceRefusedError(f"The file is not fetched: {error}.") from None


def _check_status(status: int) -> None:
    if status == OK:
        return
    if status >= 500 or status in MAY_PASS:
        raise SourceUnavailableError(f"The file could not be fetched: its host answered {status}.")
    if 300 <= status < 400:
        raise SourceRefusedError(
            f"The file is not fetched: its host answered {status}, and redirects are not followed. Send the address "
            "that they lead to."
        )
    raise SourceRefusedError(f"The file cannot be fetched: its host answered {status}. Check the address.")


def _length_of(answer: WebAnswer) -> int | None:
    """How long the answer says that it is."""
    told = answer.headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= MAX_LENGTH_DIGITS else None


class _Guard:
    """Looks at a file of unknown size as it comes: whether it is a PDF, may be so large, and belongs into this lane."""

    def __init__(self, claim: Claim, deps: Deps) -> None:
        self._most_bytes = deps.max_file_bytes(claim.tenant)
        self._check_room = deps.scratch.check_room
        self._minds_cost = claim.lane is not Lane.HEAVY
        self._size_bytes = 0
        self._room_to_bytes = 0  # as far as there was room
        self._head = b""
        self._skimmer = CostSkimmer()

    def announce(self, length: int | None) -> None:
        """Refuse before it comes what would be refused when it has come."""
        if length is not None:
            self._look_at_size(length)

    def passing(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The pieces, one after the other, as long as nothing speaks against the file."""
        for piece in pieces:
            begun_at = self._size_bytes
            self._size_bytes += len(piece)
            self._look_at_size(self._size_bytes)
            if begun_at < HEAD_BYTES:
                self._head += piece
                if self._size_bytes >= HEAD_BYTES:
                    self._look_at_head()
            self._skimmer.feed(piece)
            yield piece
        if self._size_bytes < HEAD_BYTES:
            self._look_at_head()
        if self._minds_cost and is_heavy(predicted_ms(self._skimmer.facts())):
            raise TooHeavyForLaneError

    def _look_at_size(self, size_bytes: int) -> None:
        if size_bytes > self._most_bytes:
            raise SourceTooLargeError(
                f"The file is larger than {self._most_bytes} bytes, the most this installation takes: split it."
            )
        if self._minds_cost and is_heavy(predicted_ms(CostFacts(size_bytes))):
            raise TooHeavyForLaneError
        if size_bytes > self._room_to_bytes:
            self._room_to_bytes = max(size_bytes, self._room_to_bytes + ROOM_STEP_BYTES)
            self._check_room(self._room_to_bytes)

    def _look_at_head(self) -> None:
        if refused := refused_by(self._head):
            raise NoPdfError(refused)
