"""The colours of one content stream, in gray (ISO 32000-2, 8.6.8). Inline images stay as they are."""

import re
from collections.abc import Mapping, Sequence

from pikepdf import Array, Name, Object

from bulkpress_engine.content.spelling import number
from bulkpress_engine.content.tokens import Token, UnreadableContentError, tokens
from bulkpress_engine.grayscale.colours import Grays, NoGrayError, components_of, initial, is_coloured, is_pattern
from bulkpress_engine.inspection.content import name_of

DEVICE = {b"rg": "/DeviceRGB", b"RG": "/DeviceRGB", b"k": "/DeviceCMYK", b"K": "/DeviceCMYK"}
CHOOSES = frozenset({b"cs", b"CS"})
SETS = frozenset({b"sc", b"scn", b"SC", b"SCN"})
INHERITED = {3: "/DeviceRGB", 4: "/DeviceCMYK"}  # by how many numbers a colour has
DECIMALS = 4  # a fortieth of one of 256 steps
NAMED = frozenset({"/DeviceGray", "/DeviceRGB", "/DeviceCMYK", "/Pattern"})
MOST_OPERANDS = 100_000
INLINE = re.compile(rb"\bBI\b")
GRAY_INLINE = re.compile(
    rb"BI(?:(?!\bID\s).)*?(?:/(?:CS|ColorSpace)\s*/(?:G|DeviceGray)|/(?:IM|ImageMask)\s+true)\b", re.DOTALL
)


def grayed(content: bytes, spaces: Mapping[str, Object], grays: Grays, *, inherits: bool = False) -> bytes | None:
    """The content with gray in place of colour, drawn with these colour spaces; None where it has no colour.

    `inherits`: it begins in the space of what draws it (8.10.1), as forms do, and that is gray by then. Which it was
    is told by how many numbers its colours have.

    Raises UnreadableContentError, and NoGrayError for a colour whose gray cannot be told.
    """
    writer = _Writer(spaces, grays, inherits=inherits)
    operands: list[Token] = []
    for kind, spelt in tokens(content):
        if kind == "operator":
            writer.operation(spelt, operands)
            operands = []
        elif kind == "image":
            writer.out.append(spelt)
        else:
            operands.append((kind, spelt))
            if len(operands) > MOST_OPERANDS:
                raise UnreadableContentError("operands without an operator")
    writer.put(b"", operands)
    return b"\n".join(writer.out) if writer.has_changed else None


def has_colour(content: bytes, spaces: Mapping[str, Object], grays: Grays, *, inherits: bool = False) -> bool:
    """Whether the content sets a colour or holds an inline image in one; also where that cannot be told."""
    try:
        return coloured_inline_images(content) > 0 or grayed(content, spaces, grays, inherits=inherits) is not None
    except (UnreadableContentError, NoGrayError):
        return True


def coloured_inline_images(content: bytes) -> int:
    """How many inline images are neither gray nor stencils (8.9.7). Raises UnreadableContentError."""
    if not INLINE.search(content):
        return 0
    return sum(kind == "image" and not GRAY_INLINE.match(spelt) for kind, spelt in tokens(content))


class _Writer:
    def __init__(self, spaces: Mapping[str, Object], grays: Grays, *, inherits: bool) -> None:
        self._spaces, self._grays, self._inherits = spaces, grays, inherits
        self.out: list[bytes] = []
        self.has_changed = False
        self._chosen: dict[bool, Object | None] = {}  # the space for strokes (True) and for fills; None: gray, unknown
        self._saved: list[dict[bool, Object | None]] = []
        self._known: dict[tuple[object, ...], bytes] = {}

    def operation(self, operator: bytes, operands: Sequence[Token]) -> None:
        """Append an operation, in gray."""
        strokes = operator.isupper()
        if operator == b"q":
            self._saved.append(self._chosen.copy())
        elif operator == b"Q":
            self._chosen = self._saved.pop() if self._saved else {}
        elif operator in {b"g", b"G"}:
            self._chosen[strokes] = None
        elif operator in DEVICE:
            self._chosen[strokes] = None
            space, numbers = Name(DEVICE[operator]), _numbers(operands)
            if len(numbers) == components_of(space):  # otherwise readers pass over it
                return self._set(space, numbers, strokes=strokes)
        elif operator in CHOOSES:
            return self._choose(operator, operands, strokes=strokes)
        elif operator in SETS and self._chosen.get(strokes) is not None:
            return self._set_in(self._chosen[strokes], operator, operands, strokes=strokes)
        elif operator in SETS and self._inherits and strokes not in self._chosen:
            numbers = _numbers(operands)
            if len(numbers) == len(operands) and len(numbers) in INHERITED:  # what draws it has chosen gray instead
                return self._set(Name(INHERITED[len(numbers)]), numbers, strokes=strokes)
        return self.put(operator, operands)

    def put(self, operator: bytes, operands: Sequence[Token]) -> None:
        """Append an operation as it is."""
        spelt = b" ".join([*(token for _, token in operands), operator]).strip()
        if spelt:
            self.out.append(spelt)

    def _choose(self, operator: bytes, operands: Sequence[Token], *, strokes: bool) -> None:
        name = f"/{name_of(operands[-1][1][1:])}" if operands and operands[-1][0] == "name" else ""
        space = Name(name) if name in NAMED else self._spaces.get(name)
        self._chosen[strokes] = None
        if is_coloured(space) and space is not None:
            self._chosen[strokes] = space
            return self._set(space, initial(space), strokes=strokes)
        if is_pattern(space):
            self._chosen[strokes] = space
        return self.put(operator, operands)

    def _set_in(self, space: Object | None, operator: bytes, operands: Sequence[Token], *, strokes: bool) -> None:
        """Set a colour of a space chosen before: of what lies below a pattern, if there are numbers beside its name."""
        if space is None or not is_pattern(space):
            return self._set(space, _numbers(operands), strokes=strokes) if space is not None else None
        below = space[1] if isinstance(space, Array) and len(space) > 1 else None
        numbers = [token for token in operands if token[0] == "number"]
        if not numbers or below is None or not is_coloured(below):
            return self.put(operator, operands)
        gray = self._spelt(below, _numbers(numbers))
        self.has_changed = True
        return self.put(operator, [("number", gray), *(token for token in operands if token[0] == "name")])

    def _set(self, space: Object, values: Sequence[float], *, strokes: bool) -> None:
        self.has_changed = True
        self.out.append(self._spelt(space, values) + (b" G" if strokes else b" g"))

    def _spelt(self, space: Object, values: Sequence[float]) -> bytes:
        key = (space.unparse(), *values)
        if key not in self._known:
            self._known[key] = number(b"%.*f" % (DECIMALS, self._grays.of(space, values)), DECIMALS)
        return self._known[key]


def _numbers(operands: Sequence[Token]) -> list[float]:
    return [float(token) for kind, token in operands if kind == "number"]
