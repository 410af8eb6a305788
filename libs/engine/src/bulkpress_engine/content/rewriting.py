"""Rewriting one content stream: no byte between tokens that parts nothing, no digit that nobody can see.

How many decimals a coordinate needs follows from how large it is drawn. The graphics state's matrix is tracked, and a
number is cut where an error of half its last digit, drawn at the largest scale, stays under the tolerance in points.
What adds up on the page (relative moves, adjustments between glyphs) counts a hundred times. Matrices keep all digits.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bulkpress_engine.content import spelling
from bulkpress_engine.content.state import Settings
from bulkpress_engine.content.tokens import Token, UnreadableContentError, tokens
from bulkpress_engine.inspection.content import name_of
from bulkpress_engine.inspection.geometry import IDENTITY, Matrix, matrix_of, times

ADDS_UP = 100  # numbers that follow from each other: glyphs in a line, lines in a text object
COLOUR_DECIMALS = 5  # a hundredth of one of 256 steps
PATH = frozenset({b"m", b"l", b"c", b"v", b"y", b"re"})
MOVES = frozenset({b"Td", b"TD", b"TL"})
COLOURS = frozenset({b"g", b"G", b"rg", b"RG", b"k", b"K", b"sc", b"SC", b"scn", b"SCN"})
MOST_OPERANDS = 100_000  # an array of text may be long; what never ends is not read


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Content in fewer bytes, and at which largest scale it draws each XObject, by its name with the slash."""

    content: bytes
    scales: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What decides how large numbers are drawn (ISO 32000-2, 8.4.1 and 9.3)."""

    matrix: Matrix = IDENTITY
    text_matrix: Matrix = IDENTITY
    font_size: float = math.inf  # until it is set here


def rewritten(content: bytes, scale: float, tolerance_pt: float) -> Rewritten:
    """`content`, drawn at most at `scale` (infinite: not known, so no digit goes), within `tolerance_pt`.

    Raises UnreadableContentError.
    """
    rewriter = _Rewriter(scale, tolerance_pt)
    operands: list[Token] = []
    for kind, spelt in tokens(content):
        if kind == "operator":
            rewriter.operation(spelt, operands)
            operands = []
        elif kind == "image":
            rewriter.put(spelt)
        else:
            operands.append((kind, spelt))
            if len(operands) > MOST_OPERANDS:
                raise UnreadableContentError("operands without an operator")
    rewriter.operation(b"", operands)  # what the next of several streams goes on with
    return Rewritten(rewriter.content, rewriter.scales)


class _Rewriter:
    def __init__(self, scale: float, tolerance_pt: float) -> None:
        self.scales: dict[str, float] = defaultdict(float)
        self._scale, self._tolerance_pt = scale, tolerance_pt
        self._out: list[bytes] = []
        self._settings = Settings()
        self._drawn, self._saved = _Drawn(), list[_Drawn]()
        self._shortened: dict[tuple[int, bytes], bytes] = {}
        self._decimals: dict[bytes, int] = {}  # by operator, in the present state

    @property
    def content(self) -> bytes:
        """All that was put, an operation to a line."""
        return b"\n".join(self._out)

    def put(self, operation: bytes) -> None:
        """Append an operation as it is spelt."""
        self._out.append(operation)

    def operation(self, operator: bytes, operands: Sequence[Token]) -> None:
        """Append an operation, unless it does nothing."""
        decimals = self._decimals_of(operator)
        spelt = _joined([*(self._spelt(kind, token, decimals) for kind, token in operands), operator])
        if operator == b"q":
            self._settings.save()
            self._saved.append(self._drawn)
        elif operator == b"Q":
            self._settings.restore()
            self._drawn = self._saved.pop() if self._saved else _Drawn()
            self._decimals = {}
            if self._out and self._out[-1] == b"q":
                self._out.pop()
                return
        elif operator in FOLLOWED:
            self._follow(operator, operands)
        if spelt and not self._settings.says_nothing_new(operator, spelt):
            self._out.append(spelt)

    def _spelt(self, kind: str, token: bytes, decimals: int) -> bytes:
        if kind == "number":
            key = decimals, token
            short = self._shortened.get(key)
            if short is None:
                short = self._shortened[key] = spelling.number(token, decimals)
            return short
        if kind == "string":
            return spelling.string(token)
        return spelling.hexadecimal(token) if kind == "hex" else token

    def _decimals_of(self, operator: bytes) -> int:
        decimals = self._decimals.get(operator)
        if decimals is None:
            decimals = self._decimals[operator] = self._needed(operator)
        return decimals

    def _needed(self, operator: bytes) -> int:
        """The decimals that the numbers of an operator need in the present state."""
        if operator in COLOURS:
            return spelling.EXACT if math.isinf(self._scale) else COLOUR_DECIMALS
        unit_pt = self._scale * largest_scale(self._drawn.matrix)
        if operator in MOVES:
            unit_pt *= ADDS_UP * largest_scale(self._drawn.text_matrix)
        elif operator == b"TJ":  # thousandths of the size of the font (9.4.3)
            unit_pt *= ADDS_UP * largest_scale(self._drawn.text_matrix) * abs(self._drawn.font_size) / 1000
        elif operator not in PATH:
            return spelling.EXACT
        if not math.isfinite(unit_pt):
            return spelling.EXACT
        return max(0, math.ceil(math.log10(0.5 * unit_pt / self._tolerance_pt))) if unit_pt else spelling.EXACT

    def _follow(self, operator: bytes, operands: Sequence[Token]) -> None:
        """Keep track of what decides how large things are drawn; what makes no sense makes it unknown."""
        numbers = [float(token) for kind, token in operands if kind == "number"]
        self._decimals = {}
        if operator == b"Do":
            for _, spelt in operands[-1:]:
                name = f"/{name_of(spelt[1:])}"
                self.scales[name] = max(self.scales[name], self._scale * largest_scale(self._drawn.matrix))
        elif operator == b"Tf":
            self._drawn = _Drawn(self._drawn.matrix, self._drawn.text_matrix, numbers[-1] if numbers else math.inf)
        elif operator == b"gs":
            self._drawn = _Drawn(self._drawn.matrix, self._drawn.text_matrix)  # it may set the font
        elif operator == b"BT":
            self._drawn = _Drawn(self._drawn.matrix, IDENTITY, self._drawn.font_size)
        else:
            matrix = matrix_of(numbers[-6:])
            if matrix is None:
                raise UnreadableContentError(f"{operator!r} without a matrix")
            if operator == b"Tm":
                self._drawn = _Drawn(self._drawn.matrix, matrix, self._drawn.font_size)
            else:
                self._drawn = _Drawn(times(matrix, self._drawn.matrix), self._drawn.text_matrix, self._drawn.font_size)


FOLLOWED = frozenset({b"cm", b"Tm", b"BT", b"Tf", b"gs", b"Do"})


def largest_scale(matrix: Matrix) -> float:
    """How many times longer a line becomes at most: the larger singular value of the matrix."""
    return _largest_scale(*matrix[:4])


@lru_cache(1024)  # text is set with the same few all over a page
def _largest_scale(a: float, b: float, c: float, d: float) -> float:
    squares = a * a + b * b + c * c + d * d
    area = a * d - b * c
    return math.sqrt((squares + math.sqrt(max(0.0, squares * squares - 4 * area * area))) / 2)


def _joined(parts: Sequence[bytes]) -> bytes:
    """Tokens with a space only where two of them would run together (7.2.3)."""
    out = bytearray()
    for part in parts:
        if out and out[-1] not in DELIMITERS and part[:1] not in OPENING:
            out += b" "
        out += part
    return bytes(out)


DELIMITERS = frozenset(b"[]()<>")
OPENING = frozenset({b"[", b"]", b"(", b"<", b">", b"/", b""})
