"""Strings as content streams write them, in parentheses and in hexadecimal (ISO 32000-2, 7.3.4)."""

import re

ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|.))|\r\n?", re.DOTALL)
ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}
HEX_WHITESPACE = b"\x00\t\n\x0c\r "


def literal_string(written: bytes) -> bytes:
    """The bytes of a string from what stands between its parentheses."""
    if b"\\" in written or b"\r" in written:
        return ESCAPE.sub(_unescaped, written)
    return written


def hexadecimal_string(written: bytes) -> bytes:
    """The bytes of a string from the digits, white space among them; a missing last digit is 0."""
    digits = written.translate(None, HEX_WHITESPACE).decode("ascii")
    return bytes.fromhex(digits + "0" * (len(digits) % 2))


def _unescaped(match: re.Match[bytes]) -> bytes:
    octal, other = match.groups()
    if octal:
        return bytes([int(octal, 8) & 0xFF])  # high-order overflow is ignored
    if other is not None:
        return ESCAPED.get(other, other)
    return b"\n"  # an end of line in a string is one line feed, however it is written
