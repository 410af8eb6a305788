"""Reading content streams leniently."""

import pytest

from bulkpress_engine.inspection.content import Operation, operations

ROWS: list[tuple[str, bytes, list[Operation]]] = [
    ("numbers and names", b"1 -.5 +2. /Im0 Do", [Operation(b"Do", [1.0, -0.5, 2.0, "Im0"])]),
    ("no space where none is needed", b"q/Im0 Do", [Operation(b"q", []), Operation(b"Do", ["Im0"])]),
    ("operators inside strings are text", rb"(q \) Q (nested) Do) Tj", [Operation(b"Tj", [None])]),
    ("a string that never ends takes the rest", b"(q Q Do", []),
    ("operators in comments are no operators", b"% q Q\nn", [Operation(b"n", [])]),
    ("hexadecimal strings, dictionaries", b"<0041> Tj /P <</MCID 0>> BDC", [
        Operation(b"Tj", [None]), Operation(b"BDC", ["P", "MCID", 0.0]),
    ]),
    ("quotes are operators", b"(a) ' 1 2 (b) \"", [Operation(b"'", [None]), Operation(b'"', [1.0, 2.0, None])]),
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
    ("an inline image that never ends takes the rest", b"BI /W 2 ID q q q", [Operation(b"BI", [])]),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "content", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_operations(claim: str, content: bytes, expected: list[Operation]) -> None:
    assert list(operations(content)) == expected


def test_operands_without_an_operator_do_not_pile_up() -> None:
    (operation,) = operations(b"0 " * 10_000 + b"1 0 0 1 5 6 cm")
    assert len(operation.operands) <= 33
    assert operation.operands[-6:] == [1.0, 0.0, 0.0, 1.0, 5.0, 6.0]
