"""Reading content streams leniently."""

import pytest

from bulkpress_engine.inspection.content import Operation, UnreadableContentError, operations
from bulkpress_engine.inspection.strings import literal_string

ROWS: list[tuple[str, bytes, list[Operation]]] = [
    ("numbers and names", b"1 -.5 +2. /Im0 Do", [Operation(b"Do", [1.0, -0.5, 2.0, "Im0"])]),
    ("no space where none is needed", b"q/Im0 Do", [Operation(b"q", []), Operation(b"Do", ["Im0"])]),
    ("operators inside strings are text", rb"(q \) Q (nested) Do) Tj", [
        Operation(b"Tj", [None], (b"q ) Q (nested) Do",)),
    ]),
    ("operators in comments are no operators", b"% q Q\nBT", [Operation(b"BT", [])]),
    ("hexadecimal strings, dictionaries", b"<0041 5> Tj /P <</MCID 0>> BDC", [
        Operation(b"Tj", [None], (b"\x00A\x50",)), Operation(b"BDC", ["P", "MCID", 0.0]),
    ]),
    ("quotes are operators", b"(a) ' 1 2 (b) \"", [
        Operation(b"'", [None], (b"a",)), Operation(b'"', [1.0, 2.0, None], (b"b",)),
    ]),
    ("arrays of strings and numbers", b"[(a\\)) -120 <62> (c)]TJ", [Operation(b"TJ", [], (b"a)", b"b", b"c"))]),
    ("arrays with nested parentheses", b"[((a)) 5 <62>] TJ", [Operation(b"TJ", [None, 5.0, None], (b"(a)", b"b"))]),
    ("a string with odd digits is none that is known", b"<0g> Tj", [Operation(b"Tj", [None], (None,))]),
    ("paths, colours and moves are passed over", b"0 0 m 5 5 l S 1 0 0 rg 1 2 Td T* f* q", [Operation(b"q", [])]),
    ("what begins like a path operator is none", b"1 0 0 1 0 0 cm BT", [
        Operation(b"cm", [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]), Operation(b"BT", []),
    ]),
    ("unknown operators are given as they are", b"1 frobnicate*", [Operation(b"frobnicate*", [1.0])]),
    ("bytes that are no token are passed over", b"\xff\x00}{ q", [Operation(b"q", [])]),
    ("inline images are skipped", b"q BI /W 2 /H 1 /BPC 8 ID \x00Q EIQ\xffq EI Q", [
        Operation(b"q", []), Operation(b"BI", []), Operation(b"Q", []),
    ]),
    ("an EI followed by pixels is one of them", b"BI /W 4 ID A\nEI (\x01\x02\x03\x04\x05\x06\nEI Q", [
        Operation(b"BI", []), Operation(b"Q", []),
    ]),
    ("names are given without their escapes", "/Im#30 /Bild\u00e4 /C#e4".encode() + b" Do", [
        Operation(b"Do", ["Im0", "Bild\u00e4", "C\udce4"]),
    ]),
]  # fmt: skip

UNREADABLE: list[tuple[str, bytes]] = [
    ("a string that never ends", b"(q Q Do"),
    ("an inline image that never ends", b"BI /W 2 ID q q q"),
    ("text inside what may be an inline image", b"BI /W 2 ID \x00\x01EI (text) Tj q BI /W 2 ID \x00 EI Q"),
]


@pytest.mark.parametrize(("claim", "content", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_operations(claim: str, content: bytes, expected: list[Operation]) -> None:
    assert list(operations(content)) == expected


@pytest.mark.parametrize(("claim", "content"), UNREADABLE, ids=[row[0] for row in UNREADABLE])
def test_content_that_readers_may_read_otherwise_is_refused(claim: str, content: bytes) -> None:
    with pytest.raises(UnreadableContentError):
        list(operations(content))


@pytest.mark.parametrize(
    ("written", "string"),
    [
        (rb"\n\r\t\b\f\(\)\\", b"\n\r\t\b\f()\\"),
        (rb"\101\60\0\400", b"A0\0\0"),  # one to three digits, and what does not fit in a byte is cut off
        (rb"\9\q", b"9q"),  # a reverse solidus before anything else is ignored
        (b"a\\\r\nb\\\nc\\\rd", b"abcd"),  # a line broken by a reverse solidus is one line
        (b"a\r\nb\rc\nd", b"a\nb\nc\nd"),  # an end of line is a line feed
    ],
)
def test_literal_strings(written: bytes, string: bytes) -> None:
    assert literal_string(written) == string


def test_operands_without_an_operator_do_not_pile_up() -> None:
    (operation,) = operations(b"0 " * 10_000 + b"1 0 0 1 5 6 cm")
    assert len(operation.operands) <= 33
    assert operation.operands[-6:] == [1.0, 0.0, 0.0, 1.0, 5.0, 6.0]
