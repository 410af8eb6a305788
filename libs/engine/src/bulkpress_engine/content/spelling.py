"""Numbers and strings of content streams in their shortest spelling (ISO 32000-2, 7.3.3 and 7.3.4)."""

import re

from bulkpress_engine.writing.spelling import literal

ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)|\r\n?", re.DOTALL)
NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\x0c", b"\n": b"", b"\r": b"", b"\r\n": b""}
MOST_DIGITS = 15  # what a float holds; longer numbers stay as they are
EXACT = 99  # decimals: more than there are


def number(spelt: bytes, decimals: int) -> bytes:
    """A number with at most so many decimals, without any byte that says nothing."""
    whole, _, fraction = spelt.lstrip(b"+").partition(b".")
    if len(fraction) > decimals and len(spelt) <= MOST_DIGITS:
        whole, _, fraction = b"%.*f" % (decimals, float(spelt)), b"", b""
        whole, _, fraction = whole.partition(b".")
    sign = b"-" if whole.startswith(b"-") else b""
    digits, fraction = whole.lstrip(b"-").lstrip(b"0"), fraction.rstrip(b"0")
    if not fraction:
        return sign + digits if digits else b"0"
    return sign + digits + b"." + fraction


def string(spelt: bytes) -> bytes:
    """A string between parentheses, with as few escapes as it takes."""
    if b"\\" not in spelt and b"\r" not in spelt:
        return spelt
    return min(literal(ESCAPE.sub(_meant, spelt[1:-1])), spelt, key=len)


def hexadecimal(spelt: bytes) -> bytes:
    """A string in hexadecimal digits, between parentheses: with every byte escaped it would be as long."""
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", spelt)
    return literal(bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()))


def _meant(escape: re.Match[bytes]) -> bytes:
    said = escape[1]
    if said is None:
        return b"\n"  # an end of line is a line feed, however it is spelt (7.3.4.2)
    if said[:1].isdigit() and said[:1] < b"8":
        return bytes([int(said, 8) & 0xFF])
    return NAMED.get(said, said)
