"""Content streams as operators with their operands (ISO 32000-2, 7.8.2), read leniently and without building a list."""

import re
from collections.abc import Iterator
from typing import NamedTuple

TOKEN = re.compile(
    rb"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))"
    rb"|/(?P<name>[^\x00\t\n\x0c\r ()<>\[\]{}/%]*)"
    rb"|(?P<operator>[A-Za-z'\"][A-Za-z0-9*'\"]*)"
    rb"|(?P<string>\((?:[^()\\]++|\\.)*+\))"
    rb"|(?P<open>\()"
    rb"|<(?P<hex>[0-9A-Fa-f\x00\t\n\x0c\r ]*)>"
    rb"|(?P<comment>%[^\r\n]*)",
    re.DOTALL,
)
PARENTHESIS = re.compile(rb"\\.|[()]", re.DOTALL)
IMAGE_DATA = re.compile(rb"\bID[\x00\t\n\x0c\r ]")
# After real inline data come operators: text. Two letters of pixels that look like EI are hardly followed by that.
IMAGE_END = re.compile(rb"[\x00\t\n\x0c\r ]EI(?=[\x00\t\n\x0c\r ](?:[\t\n\x0c\r -~]{8}|[\t\n\x0c\r -~]{0,7}\Z)|\Z)")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
MAX_OPERANDS = 33  # no operator takes more (ISO 32000-1, Annex C, on DeviceN)

Operand = float | str | None


class Operation(NamedTuple):
    """One operator with its operands: numbers, names (without the slash), and None for whatever else."""

    operator: bytes
    operands: list[Operand]


def operations(content: bytes) -> Iterator[Operation]:
    """Each operation of a content stream in order. Bytes that are no token are passed over, unknown operators given.

    An inline image is given as one `BI` without operands, its data skipped.
    """
    operands: list[Operand] = []
    at = 0
    while match := TOKEN.search(content, at):
        at = match.end()
        kind = match.lastgroup
        if kind == "number":
            operands.append(float(match["number"]))
        elif kind == "name":
            operands.append(_name(match["name"]))
        elif kind == "operator":
            operator = match["operator"]
            if operator == b"BI":
                at = _after_inline_image(content, at)
                operands = []
            yield Operation(operator, operands)
            operands = []
        elif kind == "open":
            at = _after_string(content, at)
            operands.append(None)
        elif kind != "comment":
            operands.append(None)
        if len(operands) > MAX_OPERANDS:  # an array's items: only what comes last can matter
            del operands[:-MAX_OPERANDS]


def _name(written: bytes) -> str:
    """A name with its #xx undone (ISO 32000-2, 7.3.5), as pikepdf gives the keys of dictionaries."""
    plain = ESCAPED.sub(lambda match: bytes.fromhex(match[1].decode()), written) if b"#" in written else written
    return plain.decode("utf-8", "surrogateescape")


def _after_string(content: bytes, at: int) -> int:
    """The position after a string with parentheses nested in it, whose content starts at `at`."""
    depth = 1
    for match in PARENTHESIS.finditer(content, at):
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    return len(content)


def _after_inline_image(content: bytes, at: int) -> int:
    """The position after the EI of an inline image whose BI ends at `at` (ISO 32000-2, 8.9.7)."""
    data = IMAGE_DATA.search(content, at)
    end = IMAGE_END.search(content, data.end() - 1) if data else None
    return end.end() if end else len(content)
