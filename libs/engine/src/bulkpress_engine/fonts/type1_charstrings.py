"""Charstrings of Type 1 (Adobe Type 1 Font Format, 6) said again in Type 2 (Technical Note 5177), hints and all.

Subroutines are written out. What hangs on PostScript procedures other than those for flex and hint replacement, which
every font has, is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bulkpress_engine.fonts.reasons import FontKeepReason, FontLeftError

MAX_STEPS = 20_000  # of one glyph: subroutines can call each other for ever
MAX_DEPTH = 10
MAX_STEMS = 96  # Type 2 takes no more
Stem = tuple[float, float]
Token = float | str | bytes


class Accented(NamedTuple):
    """A glyph composed of two others by their codes in StandardEncoding (seac)."""

    adx: float
    ady: float
    base: int
    accent: int


class Stems(NamedTuple):
    """The stems that hold from a step on, each by its position and width."""

    step: int
    horizontal: set[Stem]
    vertical: set[Stem]


@dataclass(slots=True)
class Glyph:
    """What a charstring says: its width, its outline in steps, and the stems that hold on the way."""

    width: float = 0.0
    steps: list[tuple[str, tuple[float, ...]]] = field(default_factory=list)  # rmoveto, rlineto, rrcurveto, flex
    stems: list[Stems] = field(default_factory=list)
    accented: Accented | None = None

    def program(self, default_width: float, nominal_width: float) -> list[Token]:
        """The glyph as a Type 2 charstring's tokens (operands before operators)."""
        tokens: list[Token] = [] if self.width == default_width else [self.width - nominal_width]
        if self.accented:
            return [*tokens, *self.accented, "endchar"]
        horizontal = sorted(set().union(*(stems.horizontal for stems in self.stems)))
        vertical = sorted(set().union(*(stems.vertical for stems in self.stems)))
        if len(horizontal) + len(vertical) > MAX_STEMS:
            raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
        is_masked = len(self.stems) > 1 and bool(horizontal or vertical)
        tokens += _declared(horizontal, "hstemhm" if is_masked else "hstem")
        tokens += _declared(vertical, "vstemhm" if is_masked else "vstem")
        masks = {stems.step: _mask(stems, horizontal, vertical) for stems in self.stems} if is_masked else {}
        for number, (operator, operands) in enumerate(self.steps):
            tokens += ["hintmask", masks[number]] if number in masks else []
            tokens += [*operands, operator]
        return [*tokens, "endchar"]


def _declared(stems: Sequence[Stem], operator: str) -> list[Token]:
    """Stems as Type 2 declares them: each by its distance from the end of the one before (5177, 4.3)."""
    tokens: list[Token] = []
    edge = 0.0
    for position, width in stems:
        tokens += [position - edge, width]
        edge = position + width
    return [*tokens, operator] if tokens else []


def _mask(stems: Stems, horizontal: Sequence[Stem], vertical: Sequence[Stem]) -> bytes:
    """A bit for each stem that is declared, horizontal ones first: whether it holds."""
    bits = [stem in stems.horizontal for stem in horizontal] + [stem in stems.vertical for stem in vertical]
    bits += [False] * (-len(bits) % 8)
    return int("".join("01"[bit] for bit in bits), 2).to_bytes(len(bits) // 8, "big")


def read_glyph(charstring: bytes, subrs: Sequence[bytes]) -> Glyph:
    """Run a charstring. Raises FontLeftError for what Type 2 cannot say or nobody should write."""
    reader = _Reader(subrs)
    try:
        reader.run(charstring, 0)
    except (IndexError, TypeError, ValueError, ZeroDivisionError) as error:
        raise FontLeftError(FontKeepReason.DAMAGED) from error
    return reader.glyph


class _Reader:
    def __init__(self, subrs: Sequence[bytes]) -> None:
        self.glyph = Glyph()
        self._subrs = subrs
        self._stack: list[float] = []
        self._postscript: list[float] = []
        self._bearing = (0.0, 0.0)
        self._pending = (0.0, 0.0)  # moved since the last step: Type 2 starts at 0, Type 1 at the side bearing
        self._flex: list[tuple[float, float]] | None = None
        self._is_open = False
        self._steps_left = MAX_STEPS
        self._is_done = False

    def run(self, charstring: bytes, depth: int) -> None:
        """Read operands and operators until the end, a return, or the glyph's end."""
        if depth > MAX_DEPTH:
            raise FontLeftError(FontKeepReason.DAMAGED)
        at = 0
        while at < len(charstring) and not self._is_done:
            self._steps_left -= 1
            if self._steps_left < 0:
                raise FontLeftError(FontKeepReason.DAMAGED)
            first = charstring[at]
            if first >= 32:
                number, at = _operand(charstring, at)
                self._stack.append(number)
                continue
            operator = 0x0C00 + charstring[at + 1] if first == 12 else first
            at += 2 if first == 12 else 1
            if operator == RETURN:
                return
            if operator == CALL_SUBR:
                self.run(self._subrs[self._index()], depth + 1)
            else:
                self._do(operator)

    def _index(self) -> int:
        number = int(self._stack.pop())
        if not 0 <= number < len(self._subrs):
            raise FontLeftError(FontKeepReason.DAMAGED)
        return number

    def _do(self, operator: int) -> None:
        """Carry out an operator; all but three clear the stack."""
        if operator == DIV:
            divisor = self._stack.pop()
            self._stack[-1] /= divisor
        elif operator == POP:
            self._stack.append(self._postscript.pop())
        elif operator == CALL_OTHER_SUBR:
            self._call_procedure()
        else:
            if operator not in OPERATORS:
                raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
            OPERATORS[operator](self, *self._stack)
            self._stack.clear()

    def _call_procedure(self) -> None:
        number, count = int(self._stack.pop()), int(self._stack.pop())
        if not 0 <= count <= len(self._stack):
            raise FontLeftError(FontKeepReason.DAMAGED)
        arguments = [self._stack.pop() for _ in range(count)]
        if number == 1:
            self._flex = []
        elif number == 0 and self._flex is not None:
            self._end_flex(arguments[-1])
            self._postscript = arguments[:2]
        elif number == 3:
            self.glyph.stems.append(Stems(len(self.glyph.steps), set(), set()))
            self._postscript = arguments  # the subroutine with the new stems
        elif number != 2:
            raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)

    def _end_flex(self, depth: float) -> None:
        """Two curves by seven moves, the first to a reference point that Type 2 does without."""
        moves, self._flex = self._flex or [], None
        if len(moves) != 7:
            raise FontLeftError(FontKeepReason.DAMAGED)
        (x0, y0), (x1, y1), *others = moves
        deltas = [x0 + x1, y0 + y1, *(delta for move in others for delta in move)]
        self.draw("flex", *deltas, depth)

    def start(self, bearing_x: float, bearing_y: float, width: float, height: float) -> None:
        if height:
            raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
        self.glyph.width, self._bearing, self._pending = width, (bearing_x, bearing_y), (bearing_x, bearing_y)
        self.glyph.stems.append(Stems(0, set(), set()))

    def move(self, dx: float, dy: float) -> None:
        if self._flex is not None:
            self._flex.append((dx, dy))
            return
        self._pending = (self._pending[0] + dx, self._pending[1] + dy)
        self._is_open = True
        if self.glyph.steps and self.glyph.steps[-1][0] == "rmoveto" and not self._has_stems_here():
            before = self.glyph.steps.pop()[1]
            self._pending = (self._pending[0] + before[0], self._pending[1] + before[1])
        self.glyph.steps.append(("rmoveto", self._pending))
        self._pending = (0.0, 0.0)

    def _has_stems_here(self) -> bool:
        return bool(self.glyph.stems) and self.glyph.stems[-1].step == len(self.glyph.steps)

    def draw(self, operator: str, *deltas: float) -> None:
        if not self._is_open or self._flex is not None:
            raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
        self.glyph.steps.append((operator, deltas))

    def close(self) -> None:
        self._is_open = False

    def stem(self, *numbers: float, is_vertical: bool) -> None:
        """Stems from the side bearing point: one, or the three of hstem3 and vstem3."""
        if len(numbers) not in {2, 6} or not self.glyph.stems:
            raise FontLeftError(FontKeepReason.DAMAGED)
        stems = self.glyph.stems[-1].vertical if is_vertical else self.glyph.stems[-1].horizontal
        origin = self._bearing[0 if is_vertical else 1]
        stems.update((position + origin, width) for position, width in zip(numbers[::2], numbers[1::2], strict=True))

    def compose(self, bearing: float, adx: float, ady: float, base: float, accent: float) -> None:
        self.glyph.accented = Accented(adx + self._bearing[0] - bearing, ady, int(base), int(accent))
        self._is_done = True

    def end(self) -> None:
        self._is_done = True

    def ignore(self, *_: float) -> None:
        """Where dots are, and where flex has left the point: neither has a use in Type 2."""


RETURN, CALL_SUBR, DIV, CALL_OTHER_SUBR, POP = 11, 10, 0x0C0C, 0x0C10, 0x0C11
OPERATORS: Mapping[int, Callable[..., None]] = {
    1: lambda reader, *numbers: reader.stem(*numbers, is_vertical=False),
    3: lambda reader, *numbers: reader.stem(*numbers, is_vertical=True),
    4: lambda reader, dy: reader.move(0.0, dy),
    5: lambda reader, dx, dy: reader.draw("rlineto", dx, dy),
    6: lambda reader, dx: reader.draw("rlineto", dx, 0.0),
    7: lambda reader, dy: reader.draw("rlineto", 0.0, dy),
    8: lambda reader, a, b, c, d, e, f: reader.draw("rrcurveto", a, b, c, d, e, f),
    9: _Reader.close,
    13: lambda reader, bearing, width: reader.start(bearing, 0.0, width, 0.0),
    14: _Reader.end,
    21: _Reader.move,
    22: lambda reader, dx: reader.move(dx, 0.0),
    30: lambda reader, dy1, dx2, dy2, dx3: reader.draw("rrcurveto", 0.0, dy1, dx2, dy2, dx3, 0.0),
    31: lambda reader, dx1, dx2, dy2, dy3: reader.draw("rrcurveto", dx1, 0.0, dx2, dy2, 0.0, dy3),
    0x0C00: _Reader.ignore,  # dotsection
    0x0C01: lambda reader, *numbers: reader.stem(*numbers, is_vertical=True),
    0x0C02: lambda reader, *numbers: reader.stem(*numbers, is_vertical=False),
    0x0C06: _Reader.compose,
    0x0C07: _Reader.start,
    0x0C21: _Reader.ignore,  # setcurrentpoint
}


def _operand(charstring: bytes, at: int) -> tuple[float, int]:
    """The number at a place and the place after it (6.2)."""
    first = charstring[at]
    if first <= 246:
        return first - 139, at + 1
    if first <= 250:
        return (first - 247) * 256 + charstring[at + 1] + 108, at + 2
    if first <= 254:
        return -(first - 251) * 256 - charstring[at + 1] - 108, at + 2
    return int.from_bytes(charstring[at + 1 : at + 5], "big", signed=True), at + 5
