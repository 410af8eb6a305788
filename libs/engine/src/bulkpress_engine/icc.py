"""ICC profiles (ICC.1:2010) that colours are converted from, without what only a conversion into them would need.

Profiles of printers hold three tables from colours to inks, one for each intent, and they are most of their bytes. Of a
profile that nothing is converted into, the table of the perceptual intent stays: black point compensation looks the
darkest ink up in it. It also stands for the others (tags may share their data, 7.3.1), so that the profile stays whole.
"""

import struct
from hashlib import md5

SIGNATURE, SIGNATURE_AT = b"acsp", 36
HEADER_BYTES, TAG_BYTES = 128, 12
IDENTIFIER = slice(84, 100)  # MD5 of the profile without what may vary, or zeros (7.2.18)
VARYING = (slice(44, 48), slice(64, 68), IDENTIFIER)  # flags and intent
INTO = (b"B2A1", b"B2A2")  # colorimetric and saturation, to share the data of
PERCEPTUAL = b"B2A0"
MOST_TAGS = 100

Tag = tuple[bytes, bytes]  # signature and data


class UnreadableProfileError(Exception):
    """The data does not follow the format."""


def as_source(profile: bytes) -> bytes:
    """The profile with one table into it, if it has more. Raises UnreadableProfileError."""
    tags = _read(profile)
    data = dict(tags)
    if PERCEPTUAL not in data:
        return profile
    return _written(profile[:HEADER_BYTES], [(name, data[PERCEPTUAL] if name in INTO else held) for name, held in tags])


def _read(profile: bytes) -> list[Tag]:
    if len(profile) < HEADER_BYTES + 4 or profile[SIGNATURE_AT : SIGNATURE_AT + 4] != SIGNATURE:
        raise UnreadableProfileError("no profile")
    (count,) = struct.unpack_from(">I", profile, HEADER_BYTES)
    if count > MOST_TAGS or len(profile) < HEADER_BYTES + 4 + TAG_BYTES * count:
        raise UnreadableProfileError("no table of tags")
    tags = []
    for number in range(count):
        name, offset, size = struct.unpack_from(">4sII", profile, HEADER_BYTES + 4 + TAG_BYTES * number)
        if offset + size > len(profile):
            raise UnreadableProfileError(f"{name!r} is beyond its end")
        tags.append((name, profile[offset : offset + size]))
    return tags


def _written(header: bytes, tags: list[Tag]) -> bytes:
    """A profile with these tags; equal data is stored once, and begins at a multiple of four (7.2.1)."""
    at = HEADER_BYTES + 4 + TAG_BYTES * len(tags)
    places: dict[bytes, int] = {}
    for _, data in tags:
        if data not in places:
            places[data] = at
            at += len(data) + -len(data) % 4
    table = b"".join(struct.pack(">4sII", name, places[data], len(data)) for name, data in tags)
    parts = [data + bytes(-len(data) % 4) for data in places]
    written = bytearray(b"".join([struct.pack(">I", at), header[4:], struct.pack(">I", len(tags)), table, *parts]))
    if any(header[IDENTIFIER]):
        plain = bytearray(written)
        for place in VARYING:
            plain[place] = bytes(place.stop - place.start)
        written[IDENTIFIER] = md5(plain, usedforsecurity=False).digest()
    return bytes(written)
