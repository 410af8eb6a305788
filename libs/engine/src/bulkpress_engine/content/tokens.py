"""The tokens of a content stream, none lost: where a byte belongs to no token, the content is not ours to rewrite."""

import re
from collections.abc import Iterator

from bulkpress_engine.inspection.content import IMAGE_DATA, IMAGE_END

Token = tuple[str, bytes]  # kind and bytes as they stand

TOKEN = re.compile(
    rb"(?:[\x00\t\n\x0c\r ]|%[^\r\n]*)*+(?:"
    rb"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))(?=[\x00\t\n\x0c\r \[\]<>()/%]|\Z)"
    rb"|(?P<name>/[^\x00\t\n\x0c\r ()<>\[\]{}/%]*)"
    rb"|(?P<operator>[A-Za-z'\"][A-Za-z0-9*'\"]*)(?=[\x00\t\n\x0c\r \[\]<>()/%]|\Z)"
    rb"|(?P<string>\((?:[^()\\]++|\\.)*+\))"
    rb"|(?P<bracket><<|>>|[\[\]])"
    rb"|(?P<hex><[0-9A-Fa-f\x00\t\n\x0c\r ]*>)"
    rb"|(?P<nested>\()"
    rb"|(?P<end>\Z))",
    re.DOTALL,
)
PARENTHESIS = re.compile(rb"\\.|[()]", re.DOTALL)


class UnreadableContentError(Exception):
    """The content has bytes that are no token (ISO 32000-2, 7.2.3), of which readers make different things."""


def tokens(content: bytes) -> Iterator[Token]:
    """Every token in order, without comments; an inline image is one of kind `image`. Raises UnreadableContentError."""
    at = 0
    while match := TOKEN.match(content, at):
        kind = str(match.lastgroup)
        if kind == "end":
            return
        at = match.end()
        if kind == "nested":
            at = _end_of_string(content, at)
            yield "string", content[match.end() - 1 : at]
        elif kind == "operator" and match[kind] == b"BI":
            start, at = at - 2, _end_of_image(content, at)
            yield "image", content[start:at]
        else:
            yield kind, match[kind]
    raise UnreadableContentError(f"at {at}: {content[at : at + 12]!r}")


def _end_of_string(content: bytes, at: int) -> int:
    """Where a string with parentheses nested in it ends, whose first byte is at `at`."""
    depth = 1
    for match in PARENTHESIS.finditer(content, at):
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    raise UnreadableContentError("a string does not end")


def _end_of_image(content: bytes, at: int) -> int:
    """Where the EI of an inline image ends (ISO 32000-2, 8.9.7) whose BI ends at `at`."""
    data = IMAGE_DATA.search(content, at)
    end = IMAGE_END.search(content, data.end() - 1) if data else None
    if end is None:
        raise UnreadableContentError("an inline image does not end")
    return end.end()
