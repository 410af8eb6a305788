"""How large each image is drawn: one walk over everything that draws, with the current matrix tracked.

Read are pages, form XObjects, tiling patterns, soft mask groups, Type 3 glyphs and annotation appearances. The largest
drawing of an image is what its pixels must suffice for. Where a drawing cannot be established (content that cannot be
decoded, a budget that ran out), the images that could be drawn there count as unplaced, and nobody resamples them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeGuard

from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, PdfError, Stream

from bulkpress_engine.filters import UndecodableStreamError, content_bytes
from bulkpress_engine.inspection.content import Operation, operations
from bulkpress_engine.inspection.geometry import IDENTITY, Matrix, appearance_matrix, drawn_size, matrix_of, times
from bulkpress_engine.inspection.resources import ReachableImages, entries, is_image, soft_mask_group
from bulkpress_engine.objects import ObjGen
from bulkpress_engine.options import Limits

BYTES_PER_OPERATOR = 16  # of ordinary content; the budget of operators bounds bytes as well
SHOWS_TEXT = frozenset({b"Tj", b"TJ", b"'", b'"'})


@dataclass(frozen=True, slots=True)
class Placements:
    """Largest drawn width and height, in points, of each image that is drawn, and the images with drawings unknown."""

    drawn_pt: dict[ObjGen, tuple[float, float]]
    unknown: frozenset[ObjGen]


@dataclass(frozen=True, slots=True)
class _State:
    """What of the graphics state decides how large things are drawn (ISO 32000-2, 8.4.1 and 9.3)."""

    matrix: Matrix
    text_matrix: Matrix = IDENTITY
    font: Dictionary | None = None  # a Type 3 font that draws images; no other matters
    font_size: float = 1.0
    text_scale: float = 1.0


@dataclass(frozen=True, slots=True)
class _Scene:
    """What a content stream is drawn with."""

    start: _State  # its matrix includes the stream's own
    resources: Object | None
    owner: ObjGen  # of the resources: the same content draws other things with those of another page
    depth: int = 0

    @property
    def key(self) -> tuple[object, ...]:
        """Equal where the same content draws the same things equally large."""
        start = self.start
        text = (start.font.objgen, start.font_size, start.text_scale) if start.font else ()
        return (self.owner, *(round(number, 6) for number in start.matrix[:4]), *text)


class _OutOfBudgetError(Exception):
    """The document's content is longer than will be read."""


def find_placements(pdf: Pdf, limits: Limits) -> Placements:
    """Walk all content of the document, at most `limits.content_operators` operators of it."""
    walk = _Walk(limits)
    for page in pdf.pages:
        walk.page(page)
    return Placements(walk.drawn_pt, frozenset(walk.unknown))


class _Walk:
    def __init__(self, limits: Limits) -> None:
        self.drawn_pt: dict[ObjGen, tuple[float, float]] = {}
        self.unknown: set[ObjGen] = set()
        self._limits = limits
        self._operators_left = limits.content_operators
        self._bytes_left = limits.content_operators * BYTES_PER_OPERATOR
        self._reachable = ReachableImages()
        self._seen: set[tuple[object, ...]] = set()
        self._drawing_fonts: dict[ObjGen, bool] = {}

    def page(self, page: Page) -> None:
        """Read a page and the appearances of its annotations."""
        unit = page.obj.get(Name.UserUnit, 1)  # default user space in 1/72 inch (ISO 32000-2, 14.8.1)
        scale = float(unit) if isinstance(unit, int | Decimal) else 1.0
        base: Matrix = (scale, 0.0, 0.0, scale, 0.0, 0.0)
        contents = page.obj.get(Name.Contents)
        parts = list(contents) if isinstance(contents, Array) else [contents]
        streams = [part for part in parts if isinstance(part, Stream)]
        self._content(streams, self._scene_of(page.obj, _State(base), None))
        annotations = page.obj.get(Name.Annots)
        for annotation in annotations if isinstance(annotations, Array) else []:
            self._annotation(annotation, base)

    def _annotation(self, annotation: Object, base: Matrix) -> None:
        for appearance in _appearances(annotation):
            matrix = matrix_of(appearance.get(Name.Matrix))
            try:
                bbox = [float(number) for number in appearance[Name.BBox]]
                rect = [float(number) for number in annotation[Name.Rect]]
                fitted = appearance_matrix(matrix or IDENTITY, bbox, rect)
            except (KeyError, TypeError, ValueError, IndexError):
                self.unknown |= self._reachable.of(appearance.get(Name.Resources))
                continue
            self.form(appearance, _State(times(fitted, base)), None)

    def form(self, form: Stream, state: _State, parent: _Scene | None) -> None:
        """Read a form, pattern cell or appearance drawn in `state`; without resources it uses its parent's."""
        own = matrix_of(form.get(Name.Matrix))
        if own is None:
            self.unknown |= self._reachable.of(form.get(Name.Resources, parent.resources if parent else None))
            return
        start = replace(state, matrix=times(own, state.matrix), text_matrix=IDENTITY)
        self._content([form], self._scene_of(form, start, parent))

    def _scene_of(self, holder: Object, start: _State, parent: _Scene | None) -> _Scene:
        """What the content of `holder` is drawn with: its own resources, else those of whatever draws it."""
        depth = parent.depth + 1 if parent else 0
        resources = holder.get(Name.Resources)
        if resources is None and parent is not None:
            return _Scene(start, parent.resources, parent.owner, depth)
        owner = resources if isinstance(resources, Object) and resources.is_indirect else holder
        return _Scene(start, resources, owner.objgen, depth)

    def _content(self, streams: Sequence[Stream], scene: _Scene) -> None:
        images = self._reachable.of(scene.resources)
        if not images:
            return
        once = (*(stream.objgen for stream in streams), *scene.key)
        if once in self._seen:
            return
        if scene.depth > self._limits.nesting:
            self.unknown |= images
            return
        self._seen.add(once)
        try:
            self._draw(self._read(streams), scene)
        except (_OutOfBudgetError, UndecodableStreamError, PdfError):
            self.unknown |= images

    def _read(self, streams: Sequence[Stream]) -> bytes:
        """The streams' content as one (ISO 32000-2, 7.8.2), charged to the budget."""
        parts = []
        for stream in streams:
            parts.append(content_bytes(stream, min(self._limits.stream_bytes, self._bytes_left)))
            self._bytes_left -= len(parts[-1])
        return b"\n".join(parts)

    def _draw(self, content: bytes, scene: _Scene) -> None:
        """Follow the operators that place things. Unknown ones and operands that make no sense are passed over."""
        state, saved = scene.start, list[_State]()
        drawer = _Drawer(self, scene)
        for operation in operations(content):
            self._operators_left -= 1
            if self._operators_left < 0:
                raise _OutOfBudgetError
            operator = operation.operator
            if operator == b"q":
                saved.append(state)
            elif operator == b"Q":
                state = saved.pop() if saved else state
            elif operator in CHANGES:
                state = _changed(state, operation)
            else:
                state = drawer.with_font(operation, state)
                drawer.draw(operation, state)

    def image(self, image: Object, matrix: Matrix) -> None:
        """Note that an image is drawn with this matrix."""
        width_pt, height_pt = drawn_size(matrix)
        known = self.drawn_pt.get(image.objgen, (0.0, 0.0))
        self.drawn_pt[image.objgen] = (max(known[0], width_pt), max(known[1], height_pt))

    def glyphs(self, font: Dictionary, state: _State, scene: _Scene) -> None:
        """Read all glyphs of a Type 3 font (ISO 32000-2, 9.6.4); which of them are shown does not matter here."""
        own = matrix_of(font.get(Name.FontMatrix))
        if own is None:
            self.unknown |= self._reachable.of(font.get(Name.Resources, scene.resources))
            return
        size: Matrix = (state.font_size * state.text_scale, 0.0, 0.0, state.font_size, 0.0, 0.0)
        start = _State(times(own, times(times(size, state.text_matrix), state.matrix)))
        for glyph in _glyphs(font):
            self._content([glyph], self._scene_of(font, start, scene))

    def draws_images(self, font: object, scene: _Scene) -> TypeGuard[Dictionary]:
        """Whether this is a Type 3 font some glyph of which may draw an image."""
        if not isinstance(font, Dictionary) or font.get(Name.Subtype) != Name.Type3:
            return False
        if not self._reachable.of(font.get(Name.Resources, scene.resources)):
            return False
        if font.objgen not in self._drawing_fonts or not font.is_indirect:
            self._drawing_fonts[font.objgen] = any(_may_draw(glyph, self._limits) for glyph in _glyphs(font))
        return self._drawing_fonts[font.objgen]


class _Drawer:
    """The drawing operators of one content stream."""

    def __init__(self, walk: _Walk, scene: _Scene) -> None:
        self._walk, self._scene = walk, scene
        self._xobjects = entries(scene.resources, Name.XObject)
        self._patterns = entries(scene.resources, Name.Pattern)
        self._states = entries(scene.resources, Name.ExtGState)
        self._fonts = entries(scene.resources, Name.Font)

    def with_font(self, operation: Operation, state: _State) -> _State:
        """The state after an operator that sets the font, also by a graphics state's /Font (ISO 32000-2, 8.4.5)."""
        match operation:
            case Operation(b"Tf", [*_, str(name), float(size)]):
                return self._in_font(self._fonts.get(f"/{name}"), size, state)
            case Operation(b"gs", [*_, str(name)]):
                font, size = _font_of(self._states.get(f"/{name}"))
                return self._in_font(font, size, state) if font is not None else state
        return state

    def _in_font(self, font: object, size: float, state: _State) -> _State:
        found = font if self._walk.draws_images(font, self._scene) else None
        return replace(state, font=found, font_size=size)

    def draw(self, operation: Operation, state: _State) -> None:
        """Do what the operation draws, if it can draw an image."""
        operator, operands = operation
        name = f"/{operands[-1]}" if operands and isinstance(operands[-1], str) else ""
        if operator == b"Do" and name in self._xobjects:
            self._xobject(self._xobjects[name], state)
        elif operator in {b"scn", b"SCN"} and name in self._patterns:
            # A pattern's matrix starts from the content stream's own space, not from the current one (8.7.3.1).
            self._form(self._patterns[name], _State(self._scene.start.matrix))
        elif operator == b"gs" and name in self._states:
            self._form(soft_mask_group(self._states[name]), _State(state.matrix))
        elif operator in SHOWS_TEXT and state.font is not None:
            self._walk.glyphs(state.font, state, self._scene)

    def _xobject(self, xobject: Object, state: _State) -> None:
        if is_image(xobject):
            self._walk.image(xobject, state.matrix)
        else:
            self._form(xobject, state)

    def _form(self, form: Object | None, state: _State) -> None:
        if isinstance(form, Stream):
            self._walk.form(form, state, self._scene)


CHANGES = frozenset({b"cm", b"BT", b"Tm", b"Tz"})


def _changed(state: _State, operation: Operation) -> _State:
    """The state after an operator that changes a matrix; unchanged when its operands make no sense."""
    operator, operands = operation
    if operator == b"BT":
        return replace(state, text_matrix=IDENTITY)
    if operator in {b"cm", b"Tm"}:
        matrix = matrix_of(operands[-6:])
        if matrix is None:
            return state
        return (
            replace(state, matrix=times(matrix, state.matrix))
            if operator == b"cm"
            else replace(state, text_matrix=matrix)
        )
    if operands and isinstance(operands[-1], float):
        return replace(state, text_scale=operands[-1] / 100)
    return state


def _font_of(graphics_state: object) -> tuple[Object | None, float]:
    """The font and its size that a graphics state dictionary sets, if any."""
    font = graphics_state.get(Name.Font) if isinstance(graphics_state, Dictionary) else None
    try:
        return (font[0], float(font[1])) if isinstance(font, Array) else (None, 1.0)
    except (TypeError, ValueError, IndexError):
        return None, 1.0


def _glyphs(font: Dictionary) -> list[Stream]:
    procs = font.get(Name.CharProcs)
    found = dict(procs.items()).values() if isinstance(procs, Dictionary) else ()
    return [glyph for glyph in found if isinstance(glyph, Stream)]


def _may_draw(glyph: Stream, limits: Limits) -> bool:
    """Whether a glyph's content has the operator `Do`, so far as anybody can tell."""
    try:
        return b"Do" in content_bytes(glyph, limits.stream_bytes)
    except UndecodableStreamError:
        return True


def _appearances(annotation: Object) -> Iterator[Stream]:
    """All appearance streams of an annotation, in every state (ISO 32000-2, 12.5.5)."""
    looks = annotation.get(Name.AP) if isinstance(annotation, Dictionary) else None
    for _, look in looks.items() if isinstance(looks, Dictionary) else ():
        if isinstance(look, Stream):
            yield look
        elif isinstance(look, Dictionary):
            yield from (state for _, state in look.items() if isinstance(state, Stream))
