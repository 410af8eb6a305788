"""The checksum that ZIP has of each entry, taken while a result is at hand: the gateway then lays out a ZIP unread."""

import zlib
from collections.abc import Iterable
from functools import partial
from pathlib import Path

CHUNK_BYTES = 2**20


def crc32_of(chunks: Iterable[bytes]) -> int:
    """CRC-32 of these bytes (APPNOTE 4.4.7)."""
    checksum = 0
    for chunk in chunks:
        checksum = zlib.crc32(chunk, checksum)
    return checksum


def crc32_of_file(path: Path) -> int:
    """CRC-32 of a local file's content."""
    with path.open("rb") as file:
        return crc32_of(iter(partial(file.read, CHUNK_BYTES), b""))
