"""Content streams as operators with their operands (ISO 32000-2, 7.8.2), read leniently and without building a list."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from bulkpress_engine.inspection.strings import hexadecimal_string, literal_string

WHITE = rb"\x00\t\n\x0c\r "
LITERAL = rb"\((?:[^()\\]++|\\.)*+\)"
HEXADECIMAL = rb"<[0-9A-Fa-f" + WHITE + rb"]*+>"
# Operators on numbers that build and paint paths, set colours or place text. They are most of a content stream, and
# nothing here asks for them: a run of them is passed over in one step.
UNASKED = rb"re|rg|RG|Td|TD|Tc|Tw|TL|Tr|Ts|T\*|ET|EMC|[mlcvyhnwdijJMgGkKSsfFWBb]\*?"
TOKEN = re.compile(
    rb"(?P<unasked>(?:[0-9.+\-" + WHITE + rb"]{0,160}+(?:" + UNASKED + rb")(?=[" + WHITE + rb"]))+)"
    rb"|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))"
    rb"|/(?P<name>[^\x00\t\n\x0c\r ()<>\[\]{}/%]*)"
    rb"|(?P<shown>\[(?:[^()<>\[\]{}/%A-Za-z]++|" + LITERAL + rb"|" + HEXADECIMAL + rb")*+\][" + WHITE + rb"]*+TJ\b)"
    rb"|(?P<operator>[A-Za-z'\"][A-Za-z0-9*'\"]*)"
    rb"|\((?P<string>(?:[^()\\]++|\\.)*+)\)"
    rb"|(?P<open>\()"
    rb"|<(?P<hex>[0-9A-Fa-f" + WHITE + rb"]*)>"
    rb"|(?P<dictionary><<|>>)"
    rb"|(?P<odd><[^<>]*>?)"
    rb"|(?P<comment>%[^\r\n]*)",
    re.DOTALL,
)
SHOWN_STRING = re.compile(rb"\(((?:[^()\\]++|\\.)*+)\)|<([^>]*)>", re.DOTALL)
PARENTHESIS = re.compile(rb"\\.|[()]", re.DOTALL)
IMAGE_DATA = re.compile(rb"\bID[\x00\t\n\x0c\r ]")
# After real inline data come operators: text. Two letters of pixels that look like EI are hardly followed by that.
IMAGE_END = re.compile(rb"[\x00\t\n\x0c\r ]EI(?=[\x00\t\n\x0c\r ](?:[\t\n\x0c\r -~]{8}|[\t\n\x0c\r -~]{0,7}\Z)|\Z)")
SHOWS_TEXT = re.compile(rb"[)>\]][\t\n\x0c\r ]*(?:T[jJ]|['\"])[\t\n\x0c\r ]")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
MAX_OPERANDS = 33  # no operator takes more (ISO 32000-1, Annex C, on DeviceN)

Operand = float | str | None


class UnreadableContentError(Exception):
    """Readers may disagree on what the content says: a string or an inline image has no clear end."""


class Operation(NamedTuple):
    """One operator with its operands: numbers, names (without the slash), and None for whatever else.

    `strings` are the strings among the operands, also those in arrays; None stands for one that is not well formed.
    """

    operator: bytes
    operands: list[Operand]
    strings: tuple[bytes | None, ...] = ()


def operations(content: bytes) -> Iterator[Operation]:
    """The operations of a content stream in order, but for those that only draw paths, set colours or move text.

    Bytes that are no token are passed over, unknown operators given. An inline image is given as one `BI` without
    operands, its data skipped. Raises UnreadableContentError where it can no longer tell text from data.
    """
    operands: list[Operand] = []
    strings: list[bytes | None] = []
    at = 0
    while match := TOKEN.search(content, at):
        at = match.end()
        kind = match.lastgroup
        if kind == "number":
            operands.append(float(match["number"]))
        elif kind == "unasked":
            operands, strings = [], []
        elif kind == "name":
            operands.append(name_of(match["name"]))
        elif kind == "shown":
            yield Operation(b"TJ", [], _shown_strings(match["shown"]))
            operands, strings = [], []
        elif kind == "operator":
            operator = match["operator"]
            if operator == b"BI":
                at = _after_inline_image(content, at)
                operands, strings = [], []
            yield Operation(operator, operands, tuple(strings))
            operands, strings = [], []
        elif kind in {"string", "open", "hex", "odd"}:
            string, at = _string(content, match)
            operands.append(None)
            strings.append(string)
        if len(operands) > MAX_OPERANDS:  # an array's items: only what comes last can matter
            del operands[:-MAX_OPERANDS]


def name_of(written: bytes) -> str:
    """A name with its #xx undone (ISO 32000-2, 7.3.5), as pikepdf gives the keys of dictionaries."""
    plain = ESCAPED.sub(lambda match: bytes.fromhex(match[1].decode()), written) if b"#" in written else written
    return plain.decode("utf-8", "surrogateescape")


def _shown_strings(array: bytes) -> tuple[bytes, ...]:
    """The strings of an array of strings and numbers."""
    return tuple(
        literal_string(literal) if literal or not digits else hexadecimal_string(digits)
        for literal, digits in SHOWN_STRING.findall(array)
    )


def _string(content: bytes, match: re.Match[bytes]) -> tuple[bytes | None, int]:
    """The string that a token is or opens, and the position after it."""
    kind = match.lastgroup
    if kind == "string":
        return literal_string(match["string"]), match.end()
    if kind == "hex":
        return hexadecimal_string(match["hex"]), match.end()
    if kind == "odd":  # neither digits nor a dictionary: some readers pass over what is no digit, others do not
        return None, match.end()
    end = _after_string(content, match.end())
    return literal_string(content[match.end() : end - 1]), end


def _after_string(content: bytes, at: int) -> int:
    """The position after a string with parentheses nested in it, whose content starts at `at`."""
    depth = 1
    for match in PARENTHESIS.finditer(content, at):
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    raise UnreadableContentError("a string never ends")


def _after_inline_image(content: bytes, at: int) -> int:
    """The position after the EI of an inline image whose BI ends at `at` (ISO 32000-2, 8.9.7)."""
    data = IMAGE_DATA.search(content, at)
    end = IMAGE_END.search(content, data.end() - 1) if data else None
    if end is None or SHOWS_TEXT.search(content, at, end.start()):
        raise UnreadableContentError("an inline image never ends")
    return end.end()
