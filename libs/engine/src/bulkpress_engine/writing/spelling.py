"""The spelling of objects (ISO 32000-2, 7.3), as qpdf gives it: shortened, and with other numbers for references."""

import re
from collections.abc import Iterator, Mapping

from bulkpress_engine.objects import ObjGen

TOKEN = re.compile(
    rb"(?P<literal>\((?:[^()\\]++|\\.)*+\))"  # qpdf escapes every parenthesis in a string
    rb"|<(?P<hex>[0-9a-f]*)>"
    rb"|(?<![^ \[])(?P<number>\d+) (?P<generation>\d+) R(?![^ \]])"
    rb"|(?<=[\[\]<>)]) | (?=[\[\]<>/(])",  # a space beside a delimiter parts nothing (7.2.3)
    re.DOTALL,
)
REFERENCE = re.compile(rb"\((?:[^()\\]++|\\.)*+\)|(?<![^ \[])(\d+) (\d+) R(?![^ \]])", re.DOTALL)
TO_ESCAPE = re.compile(rb"[()\\\r]")  # a bare carriage return would be read as a line feed (7.3.4.2)
ESCAPES = {b"(": rb"\(", b")": rb"\)", b"\\": rb"\\", b"\r": rb"\r"}


def references(spelt: bytes) -> Iterator[ObjGen]:
    """What an object refers to, in order."""
    return ((int(match[1]), int(match[2])) for match in REFERENCE.finditer(spelt) if match[1])


def shortened(spelt: bytes, numbers: Mapping[ObjGen, int]) -> bytes:
    """The same object in fewer bytes, its references by the new `numbers`; one to an object that is not is null."""

    def shorter(token: re.Match[bytes]) -> bytes:
        if token["number"]:
            number = numbers.get((int(token["number"]), int(token["generation"])))
            return b"%d 0 R" % number if number else b"null"
        if token["hex"] is not None:
            return literal(bytes.fromhex(token["hex"].decode()))  # never longer
        return token["literal"] or b""

    return TOKEN.sub(shorter, spelt)


def literal(text: bytes) -> bytes:
    """A string between parentheses (7.3.4.2)."""
    return b"(" + TO_ESCAPE.sub(lambda match: ESCAPES[match[0]], text) + b")"
