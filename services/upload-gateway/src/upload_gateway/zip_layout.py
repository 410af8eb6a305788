"""ZIP as it lies: stored entries, ZIP64 where it is needed (APPNOTE 6.3.10), any stretch of it made without the rest.

Where each byte lies is known before any is read, from names, sizes and checksums. Nothing in it depends on when it is
made, so two downloads are the same to the byte and one may go on where another broke off. Clauses are those of PKWARE's
APPNOTE. Why it is our own: docs/adr/0012-a-zip-writer-of-our-own.md.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bulkpress_core.domain.errors import BulkpressError

LAYOUT = 1  # raised with every change of this file after which the same entries give other bytes
UTF8_NAMES = 1 << 11  # general purpose bit 11 (4.4.4)
STORED = 0  # compression method (4.4.5): PDFs are compressed already
VERSION, VERSION_ZIP64 = 20, 45  # needed to extract (4.4.3.2)
MADE_ON_UNIX = 3 << 8
MODE = 0o100644 << 16  # a regular file, for its owner to write
MAX_16, MAX_32 = 0xFFFF, 0xFFFFFFFF  # what does not fit below is in a ZIP64 record, and these stand for it
ZIP64_TAG = 1
LOCAL = struct.Struct("<4sHHHHHIIIHH")  # 4.3.7
CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")  # 4.3.12
END_64 = struct.Struct("<4sQHHIIQQQQ")  # 4.3.14
LOCATOR_64 = struct.Struct("<4sIQI")  # 4.3.15
END = struct.Struct("<4sHHHHIIH")  # 4.3.16


class ResultChangedError(BulkpressError):
    """A result is not what was recorded of it. Its download breaks off rather than look whole: have it made again."""

    code = "result_changed"


class Content(Protocol):
    """What an entry holds. Not read before it is needed."""

    def read(self, start: int) -> Iterator[bytes]:
        """Its bytes from `start` on. Raises BulkpressError."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in the ZIP. Without its checksum, it is read twice: for that, and to be sent."""

    name: str
    size_bytes: int
    crc32: int | None
    content: Content


class ZipLayout:
    """A ZIP of these entries, in this order, all dated `at`. MS-DOS has years from 1980 to 2107 and even seconds."""

    def __init__(self, entries: Sequence[Entry], at: datetime) -> None:
        self._entries = entries
        self._stamp = _dos_time(at)
        self._offsets: list[int] = []  # of local headers
        self._counted: dict[int, int] = {}  # checksums that were not recorded, by the offset of their entry
        offset = 0
        for entry in entries:
            self._offsets.append(offset)
            offset += _local_bytes(entry) + entry.size_bytes
        self._directory_at = offset
        self._directory_bytes = sum(_central_bytes(entry, at) for entry, at in self._placed())
        self.size_bytes = offset + self._directory_bytes + len(self._end())

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from `start` to `stop` (excluded). Entries outside are not read, if their checksums are known.

        Raises ResultChangedError, and what contents raise: what was read before is the beginning of nothing then.
        """
        for entry, at in self._placed():
            data_at = at + _local_bytes(entry)
            if start < data_at and at < stop:
                yield self._local(entry, at)[max(0, start - at) : stop - at]
            first, last = max(start - data_at, 0), min(stop - data_at, entry.size_bytes)
            if first < last:
                yield from self._data(entry, at, first, last)
        yield from self._tail(start, stop)

    def _tail(self, start: int, stop: int) -> Iterator[bytes]:
        """What of the stretch lies in the central directory and behind it."""
        at = self._directory_at
        for entry, offset in self._placed():
            length = _central_bytes(entry, offset)
            if start < at + length and at < stop:
                yield self._central(entry, offset)[max(0, start - at) : stop - at]
            at += length
        if at < stop:
            yield self._end()[max(0, start - at) : stop - at]

    def _data(self, entry: Entry, offset: int, first: int, last: int) -> Iterator[bytes]:
        """The entry's bytes from `first` to `last` (excluded). Read whole, they are held against their checksum."""
        at, checksum = first, 0
        for piece in entry.content.read(first):
            if at + len(piece) > last == entry.size_bytes:
                raise ResultChangedError(f"{entry.name!r} is longer than the {entry.size_bytes} bytes recorded")
            checksum = zlib.crc32(piece, checksum)
            yield piece[: last - at]
            at += len(piece)
            if at >= last < entry.size_bytes:
                return
        if at < last:
            raise ResultChangedError(f"{entry.name!r} ends after {at} of the {entry.size_bytes} bytes recorded")
        if first == 0 and checksum != self._crc32(entry, offset):
            raise ResultChangedError(f"the bytes of {entry.name!r} are not those that were stored")

    def _crc32(self, entry: Entry, offset: int) -> int:
        if entry.crc32 is not None:
            return entry.crc32
        if offset not in self._counted:
            checksum = 0
            for piece in entry.content.read(0):
                checksum = zlib.crc32(piece, checksum)
            self._counted[offset] = checksum
        return self._counted[offset]

    def _local(self, entry: Entry, offset: int) -> bytes:
        name, extra = entry.name.encode(), b""
        size = entry.size_bytes
        if size >= MAX_32:  # both sizes are in the extra field then (4.5.3)
            extra, size = struct.pack("<HHQQ", ZIP64_TAG, 16, size, size), MAX_32
        version = VERSION_ZIP64 if extra else VERSION
        checksum = self._crc32(entry, offset)
        fields = (version, UTF8_NAMES, STORED, *self._stamp, checksum, size, size, len(name), len(extra))
        return LOCAL.pack(b"PK\x03\x04", *fields) + name + extra

    def _central(self, entry: Entry, offset: int) -> bytes:
        name, wide = entry.name.encode(), _wide(entry, offset)
        extra = struct.pack(f"<HH{len(wide)}Q", ZIP64_TAG, 8 * len(wide), *wide) if wide else b""
        size = min(entry.size_bytes, MAX_32)
        version = VERSION_ZIP64 if wide else VERSION
        fields = (
            *(MADE_ON_UNIX | version, version, UTF8_NAMES, STORED, *self._stamp, self._crc32(entry, offset)),
            *(size, size, len(name), len(extra), 0, 0, 0, MODE, min(offset, MAX_32)),
        )
        return CENTRAL.pack(b"PK\x01\x02", *fields) + name + extra

    def _end(self) -> bytes:
        count, size, offset = len(self._entries), self._directory_bytes, self._directory_at
        wide = b""
        if count >= MAX_16 or size >= MAX_32 or offset >= MAX_32:
            versions = (MADE_ON_UNIX | VERSION_ZIP64, VERSION_ZIP64)
            # its own length is told without the 12 bytes that tell it; 0: one disk, the first (4.3.14.1)
            wide = END_64.pack(b"PK\x06\x06", END_64.size - 12, *versions, 0, 0, count, count, size, offset)
            wide += LOCATOR_64.pack(b"PK\x06\x07", 0, offset + size, 1)
        counts = min(count, MAX_16)
        return wide + END.pack(b"PK\x05\x06", 0, 0, counts, counts, min(size, MAX_32), min(offset, MAX_32), 0)

    def _placed(self) -> Iterator[tuple[Entry, int]]:
        return zip(self._entries, self._offsets, strict=True)


def _local_bytes(entry: Entry) -> int:
    return LOCAL.size + len(entry.name.encode()) + (20 if entry.size_bytes >= MAX_32 else 0)


def _central_bytes(entry: Entry, offset: int) -> int:
    wide = _wide(entry, offset)
    return CENTRAL.size + len(entry.name.encode()) + (4 + 8 * len(wide) if wide else 0)


def _wide(entry: Entry, offset: int) -> list[int]:
    """What is too large for the entry's own fields in the central directory, in the order of 4.5.3."""
    sizes = [entry.size_bytes, entry.size_bytes] if entry.size_bytes >= MAX_32 else []
    return sizes + ([offset] if offset >= MAX_32 else [])


def _dos_time(at: datetime) -> tuple[int, int]:
    """Time and date as MS-DOS has them (4.4.6)."""
    if not 1980 <= at.year <= 2107:
        at = datetime(1980, 1, 1, tzinfo=at.tzinfo)
    return at.hour << 11 | at.minute << 5 | at.second // 2, (at.year - 1980) << 9 | at.month << 5 | at.day
