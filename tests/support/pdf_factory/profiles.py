"""ICC profiles (ICC.1:2010) of a printer that there is not: tables from inks to colours, and back by three intents."""

import struct
from hashlib import md5
from itertools import product

import numpy as np

GRID = 9  # places along each side of a table back
STRAIGHT = bytes(range(256))
D50 = (0xF6D6, 0x10000, 0xD32D)  # the white in XYZ, one being 2**16


def printer_profile(*, version: int = 2, identified: bool = False) -> bytes:
    """A CMYK profile of class `prtr`, of some 40 kB, most of it tables into it that no two intents share."""
    to_colours = _lut8(4, 3, 2, b"".join(_colour(*inks) for inks in product((0, 1), repeat=4)))
    noise = np.random.default_rng(7)
    back = [_lut8(3, 4, GRID, noise.bytes(4 * GRID**3)) for _ in range(3)]
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 8) + b"Factory\0" + bytes(78),
        b"cprt": b"text" + bytes(4) + b"nobody's\0",
        b"wtpt": b"XYZ " + bytes(4) + struct.pack(">3I", *D50),
        b"A2B0": to_colours, b"A2B1": to_colours, b"A2B2": to_colours,
        b"B2A0": back[0], b"B2A1": back[1], b"B2A2": back[2],
        b"gamt": _lut8(3, 1, 2, bytes(8)),
    }  # fmt: skip
    at = 128 + 4 + 12 * len(tags)
    table, parts = b"", b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name, at + len(parts), len(data))
        parts += data + bytes(-len(data) % 4)
    header = bytearray(struct.pack(">I4sBBH4s4s4s", at + len(parts), b"fact", version, 0, 0, b"prtr", b"CMYK", b"Lab "))
    header = header.ljust(128, b"\0")
    header[36:40] = b"acsp"
    header[68:80] = struct.pack(">3I", *D50)
    whole = bytes(header) + struct.pack(">I", len(tags)) + table + parts
    return whole[:84] + md5(whole, usedforsecurity=False).digest() + whole[100:] if identified else whole


def _colour(cyan: int, magenta: int, yellow: int, black: int) -> bytes:
    """L*a*b* of full inks, in bytes: not very black, so that compensating for it matters."""
    lightness = 255 - 50 * cyan - 60 * magenta - 20 * yellow - 90 * black
    return bytes([max(15, lightness), 128 + 50 * magenta - 40 * cyan, 128 + 60 * yellow - 30 * magenta])


def _lut8(inputs: int, outputs: int, grid: int, table: bytes) -> bytes:
    """A table of bytes with straight curves before and after it (10.8)."""
    matrix = struct.pack(">9i", *(0x10000 if place % 4 == 0 else 0 for place in range(9)))
    head = b"mft1" + bytes(4) + bytes([inputs, outputs, grid, 0])
    return head + matrix + STRAIGHT * inputs + table + STRAIGHT * outputs
