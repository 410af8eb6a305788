"""What of the graphics state decides how large things are drawn, and in which font (ISO 32000-2, 8.4.1 and 9.3)."""

from collections.abc import Sequence
from typing import NamedTuple

from pikepdf import Array, Dictionary, Name, Object

from bulkpress_engine.inspection.content import Operand, Operation
from bulkpress_engine.inspection.geometry import IDENTITY, Matrix, matrix_of, times
from bulkpress_engine.objects import ObjGen


class CurrentFont(NamedTuple):
    """A font that text is shown in."""

    dictionary: Dictionary
    key: ObjGen
    is_composite: bool  # codes are of two bytes, or of what its CMap says
    has_drawings: bool  # a Type 3 font whose glyphs may draw images or text


class GraphicsState(NamedTuple):
    """The state at one place of a content stream."""

    matrix: Matrix
    text_matrix: Sequence[Operand] = IDENTITY  # as written: it matters to few fonts, and changes all the time
    font: CurrentFont | None = None
    font_size: float = 1.0
    text_scale: float = 1.0

    def text_space(self) -> Matrix | None:
        """The matrix from unscaled text space, one unit to the em, to default user space (9.4.4)."""
        text = matrix_of(self.text_matrix)
        if text is None:
            return None
        size: Matrix = (self.font_size * self.text_scale, 0.0, 0.0, self.font_size, 0.0, 0.0)
        return times(times(size, text), self.matrix)


CHANGES = frozenset({b"cm", b"BT", b"Tm", b"Tz"})


def changed(state: GraphicsState, operation: Operation) -> GraphicsState:
    """The state after an operator of CHANGES; unchanged when its operands make no sense."""
    operator, operands = operation.operator, operation.operands
    if operator == b"Tm":
        return state._replace(text_matrix=tuple(operands[-6:]))
    if operator == b"BT":
        return state._replace(text_matrix=IDENTITY)
    if operator == b"cm":
        matrix = matrix_of(operands[-6:])
        return state if matrix is None else state._replace(matrix=times(matrix, state.matrix))
    if operands and isinstance(operands[-1], float):
        return state._replace(text_scale=operands[-1] / 100)
    return state


def font_of(graphics_state: object) -> tuple[Object | None, float]:
    """The font and its size that a graphics state dictionary sets, if any (8.4.5)."""
    font = graphics_state.get(Name.Font) if isinstance(graphics_state, Dictionary) else None
    try:
        return (font[0], float(font[1])) if isinstance(font, Array) else (None, 1.0)
    except (TypeError, ValueError, IndexError):
        return None, 1.0
