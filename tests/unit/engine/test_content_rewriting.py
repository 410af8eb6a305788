"""Content written shorter: the same operations, in fewer bytes, with no number moved further than was allowed."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bulkpress_engine.content import UnreadableContentError, rewritten, spelling
from bulkpress_engine.content.tokens import tokens

VISIBLE_PT = 0.0005
UNKNOWN = math.inf


@pytest.mark.parametrize(
    ("spelt", "decimals", "short"),
    [
        (b"1.500", 9, b"1.5"),
        (b"+007.0", 9, b"7"),
        (b"-0.50", 9, b"-.5"),
        (b"-0", 9, b"0"),
        (b"-.0004", 3, b"0"),
        (b"0.", 9, b"0"),
        (b".9996", 3, b"1"),
        (b"-12.34567", 2, b"-12.35"),
        (b"100", 0, b"100"),
        (b"1234567890123456.123", 2, b"1234567890123456.123"),  # more than a float holds
    ],
)
def test_numbers_say_no_more_than_they_must(spelt: bytes, decimals: int, short: bytes) -> None:
    assert spelling.number(spelt, decimals) == short


@pytest.mark.parametrize(
    ("spelt", "short"),
    [
        (rb"(a\)b)", rb"(a\)b)"),
        (rb"(\101\102)", b"(AB)"),
        (rb"(\0053)", b"(\x053)"),  # at most three digits
        (b"(a\\\nb)", b"(ab)"),
        (b"(a\r\nb)", b"(a\nb)"),
        (rb"(a(b)\n)", rb"(a(b)\n)"),  # no shorter with its parentheses escaped
        (rb"(\x)", b"(x)"),
    ],
)
def test_strings_have_only_the_escapes_they_need(spelt: bytes, short: bytes) -> None:
    assert spelling.string(spelt) == short


@pytest.mark.parametrize(
    ("spelt", "short"), [(b"<41 42>", b"(AB)"), (b"<4>", b"(@)"), (b"<>", b"()"), (b"<285c0d>", rb"(\(\\\r)")]
)
def test_hexadecimal_strings_become_plain_as_long_at_most(spelt: bytes, short: bytes) -> None:
    assert spelling.hexadecimal(spelt) == short


@pytest.mark.parametrize(
    ("content", "short"),
    [
        (b"  1 0 0 RG % red\n 0.50   0 m\r\n", b"1 0 0 RG\n.5 0 m"),
        (b"/F1 12 Tf [ (a) -20 <62> ] TJ", b"/F1 12 Tf\n[(a)-20(b)]TJ"),
        (b"q Q 1 w q q Q Q 2 w", b"1 w\n2 w"),
        (b"1 w 1.0 w 2 w", b"1 w\n2 w"),
        (b"1 w q 2 w Q 1 w", b"1 w\nq\n2 w\nQ"),  # after Q it is 1 again
        (b"0 g /Cs1 cs 0 g", b"0 g\n/Cs1 cs\n0 g"),  # the space was another in between
        (b"0 g 0 G 0 g", b"0 g\n0 G"),
        (b"1 w /G0 gs 1 w", b"1 w\n/G0 gs\n1 w"),  # a graphics state may set the width
        (b"1 w what 1 w", b"1 w\nwhat\n1 w"),  # so may an operator that nobody knows
        (b"/P <</MCID 0 /A [1.50]>> BDC EMC", b"/P<</MCID 0/A[1.5]>>BDC\nEMC"),
        (b"BI /W 1 /H 1 /BPC 8 ID \x00 % \xff EI Q", b"BI /W 1 /H 1 /BPC 8 ID \x00 % \xff EI\nQ"),
        (b"(a % b) Tj", b"(a % b)Tj"),
        (b"1 0 0 1 10.12345678 0 cm", b"1 0 0 1 10.12345678 0 cm"),  # matrices keep their digits
        (b"1 2", b"1 2"),  # operands whose operator is in the next stream
    ],
)
def test_operations_stay_and_what_parts_nothing_goes(content: bytes, short: bytes) -> None:
    assert rewritten(content, 1, VISIBLE_PT).content == short


@pytest.mark.parametrize(
    ("content", "short"),
    [
        (b"0.12345678 0 m", b".123 0 m"),
        (b"100 0 0 100 0 0 cm 0.12345678 0 m", b"100 0 0 100 0 0 cm\n.12346 0 m"),
        (b"0.01 0 0 -0.01 0 0 cm 1234.5678 0 m", b".01 0 0 -.01 0 0 cm\n1234.6 0 m"),
        (b"q 100 0 0 1 0 0 cm Q .12345678 0 l", b"q\n100 0 0 1 0 0 cm\nQ\n.123 0 l"),
        (b"1.234567891 0 Td", b"1.23457 0 Td"),  # a hundred of them add up
        (b"0.1234567 g", b".12346 g"),
        (b"/F1 10 Tf [-20.123456] TJ", b"/F1 10 Tf\n[-20.123]TJ"),
        (b"[-20.123456] TJ", b"[-20.123456]TJ"),  # the font came from elsewhere, and its size
        (b"0.12345678 w [1.2345678] 0 d", b".12345678 w\n[1.2345678]0 d"),
    ],
)
def test_digits_go_as_far_as_the_largest_drawing_allows(content: bytes, short: bytes) -> None:
    assert rewritten(content, 1, VISIBLE_PT).content == short


def test_where_the_scale_is_unknown_all_digits_stay() -> None:
    assert rewritten(b"0.12345678 0 m 0.12345678 g", UNKNOWN, VISIBLE_PT).content == b".12345678 0 m\n.12345678 g"


def test_it_is_told_how_large_forms_are_drawn() -> None:
    content = b"q 3 0 0 2 9 9 cm /A#41 Do Q /Fm0 Do q 5 0 0 5 0 0 cm /Fm0 Do Q"
    assert rewritten(content, 2, VISIBLE_PT).scales == {"/AA": 6, "/Fm0": 10}


@pytest.mark.parametrize(
    "content", [b"1.2.3 0 m", b"--5 0 m", b"(a", b"{ }", b"1 0 0 cm", b"BI /W 1", b"1e5 0 m", b"<4G> Tj", b"> Q", b")"]
)
def test_what_readers_may_take_in_different_ways_is_not_rewritten(content: bytes) -> None:
    with pytest.raises(UnreadableContentError):
        rewritten(content, 1, VISIBLE_PT)


COORDINATES = some.floats(-5000, 5000, allow_nan=False)
DRAWING = some.one_of(
    some.tuples(some.just("m"), some.tuples(COORDINATES, COORDINATES)),
    some.tuples(some.just("re"), some.tuples(COORDINATES, COORDINATES, COORDINATES, COORDINATES)),
    some.tuples(some.just("c"), some.tuples(*[COORDINATES] * 6)),
    some.tuples(some.sampled_from(["S", "f*", "BT", "ET", "Tj"]), some.just(())),
)


@given(drawings=some.lists(DRAWING), scale=some.floats(0.01, 500))
def test_no_coordinate_moves_further_than_allowed(drawings: list[tuple[str, tuple[float, ...]]], scale: float) -> None:
    lines = (f"{' '.join(f'{number:.9f}' for number in numbers)} {operator}\n" for operator, numbers in drawings)
    content = "".join(lines).encode()
    before, after = (numbers_of(one) for one in (content, rewritten(content, scale, VISIBLE_PT).content))
    assert [operator for operator, _ in before] == [operator for operator, _ in after]
    for (_, one), (_, other) in zip(before, after, strict=True):
        assert all(abs(a - b) * scale <= VISIBLE_PT * 1.000001 for a, b in zip(one, other, strict=True))


def numbers_of(content: bytes) -> list[tuple[bytes, list[float]]]:
    """Each operator with the numbers before it."""
    found, numbers = list[tuple[bytes, list[float]]](), list[float]()
    for kind, spelt in tokens(content):
        if kind == "number":
            numbers.append(float(spelt))
        elif kind == "operator":
            found.append((spelt, numbers))
            numbers = []
    return found


@given(some.binary(max_size=300))
def test_any_string_comes_through(text: bytes) -> None:
    escaped = re.sub(rb"[()\\\r]", lambda match: b"\\%03o" % match[0][0], text)
    plain, digits = (
        rewritten(b"%b Tj" % one, 1, 1).content for one in (b"(%b)" % escaped, b"<%b>" % text.hex().encode())
    )
    assert _read(plain[:-2].rstrip()) == _read(digits[:-2].rstrip()) == text


def _read(spelt: bytes) -> bytes:
    if spelt.startswith(b"<"):
        return bytes.fromhex(spelt[1:-1].decode())
    return re.sub(rb"\\(.)", lambda match: {b"r": b"\r"}.get(match[1], match[1]), spelt[1:-1], flags=re.DOTALL)


@given(some.binary(max_size=300))
def test_any_bytes_are_rewritten_or_refused_and_once_is_enough(content: bytes) -> None:
    try:
        once = rewritten(content, UNKNOWN, VISIBLE_PT).content
    except UnreadableContentError:
        return
    assert rewritten(once, UNKNOWN, VISIBLE_PT).content == once
