"""One walk over everything that draws, with the graphics state tracked.

Read are pages, form XObjects, tiling patterns, soft mask groups, Type 3 glyphs and annotation appearances in all their
states. What is found goes to Placements and ShownText; of content that cannot be read (data that cannot be decoded, a
budget that ran out), they are told what it could have used.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, PdfError, Stream

from bulkpress_engine.filters import UndecodableStreamError, content_bytes
from bulkpress_engine.inspection.content import Operation, UnreadableContentError, operations
from bulkpress_engine.inspection.geometry import IDENTITY, Matrix, appearance_matrix, matrix_of, times
from bulkpress_engine.inspection.graphics_state import CHANGES, CurrentFont, GraphicsState, changed, font_of
from bulkpress_engine.inspection.placements import Placements
from bulkpress_engine.inspection.resources import ReachableFonts, ReachableImages, entries, is_image, soft_mask_group
from bulkpress_engine.inspection.shown_text import ShownText
from bulkpress_engine.inspection.type3 import Type3Fonts, glyphs
from bulkpress_engine.objects import ObjGen
from bulkpress_engine.options import Limits

BYTES_PER_OPERATOR = 16  # of ordinary content; the budget of operators bounds bytes as well
SHOWS_TEXT = frozenset({b"Tj", b"TJ", b"'", b'"'})
KEPT_BY_PROGRAMS = frozenset({Name.Widget, Name.FreeText})  # whose text people edit, in the fonts that it has


@dataclass(frozen=True, slots=True)
class _Scene:
    """What a content stream is drawn with."""

    start: GraphicsState  # its matrix includes the stream's own
    resources: Object | None
    owner: ObjGen  # of the resources: the same content draws other things with those of another page
    depth: int = 0

    def key(self, *, is_measured: bool) -> tuple[object, ...]:
        """Equal where the same content draws the same things, and where `is_measured` equally large."""
        start = self.start
        font = start.font.key if start.font else None
        if not is_measured:
            return (self.owner, font)
        sizes = (*start.matrix[:4], start.font_size if font else 0, start.text_scale if font else 0)
        return (self.owner, font, *(round(number, 6) for number in sizes))


class _OutOfBudgetError(Exception):
    """The document's content is longer than will be read."""


UNREAD = (_OutOfBudgetError, UndecodableStreamError, UnreadableContentError, PdfError)


def walk_content(pdf: Pdf, limits: Limits) -> tuple[Placements, ShownText]:
    """Walk all content of the document, at most `limits.content_operators` operators of it."""
    walk = _Walk(limits)
    for page in pdf.pages:
        walk.page(page)
    return walk.placements, walk.text


class _Walk:
    def __init__(self, limits: Limits) -> None:
        self.placements, self.text = Placements(), ShownText()
        self._limits = limits
        self._operators_left = limits.content_operators
        self._bytes_left = limits.content_operators * BYTES_PER_OPERATOR
        self._images, self._fonts = ReachableImages(), ReachableFonts()
        self._seen: set[tuple[object, ...]] = set()
        self.type3 = Type3Fonts(limits)

    def page(self, page: Page) -> None:
        """Read a page and the appearances of its annotations."""
        unit = page.obj.get(Name.UserUnit, 1)  # default user space in 1/72 inch (ISO 32000-2, 14.8.1)
        scale = float(unit) if isinstance(unit, int | Decimal) else 1.0
        base: Matrix = (scale, 0.0, 0.0, scale, 0.0, 0.0)
        contents = page.obj.get(Name.Contents)
        parts = list(contents) if isinstance(contents, Array) else [contents]
        streams = [part for part in parts if isinstance(part, Stream)]
        self._content(streams, self._scene_of(page.obj, GraphicsState(base), None))
        annotations = page.obj.get(Name.Annots)
        for annotation in annotations if isinstance(annotations, Array) else []:
            self._annotation(annotation, base)

    def _annotation(self, annotation: Object, base: Matrix) -> None:
        for appearance in _appearances(annotation):
            resources = appearance.get(Name.Resources)
            if annotation.get(Name.Subtype) in KEPT_BY_PROGRAMS:
                self.text.leave(self._fonts.of(resources))
            matrix = matrix_of(appearance.get(Name.Matrix))
            try:
                bbox = [float(number) for number in appearance[Name.BBox]]
                rect = [float(number) for number in annotation[Name.Rect]]
                fitted = appearance_matrix(matrix or IDENTITY, bbox, rect)
            except (KeyError, TypeError, ValueError, IndexError):
                self._leave(resources)
                continue
            self.form(appearance, GraphicsState(times(fitted, base)), None)

    def form(self, form: Stream, state: GraphicsState, parent: _Scene | None) -> None:
        """Read a form, pattern cell or appearance drawn in `state`; without resources it uses its parent's."""
        own = matrix_of(form.get(Name.Matrix))
        if own is None:
            self._leave(form.get(Name.Resources, parent.resources if parent else None), state.font)
            return
        start = state._replace(matrix=times(own, state.matrix), text_matrix=IDENTITY)
        self._content([form], self._scene_of(form, start, parent))

    def glyphs(self, font: CurrentFont, state: GraphicsState, scene: _Scene) -> None:
        """Read all glyphs of a Type 3 font (ISO 32000-2, 9.6.4); which of them are shown does not matter here."""
        own, text_space = matrix_of(font.dictionary.get(Name.FontMatrix)), state.text_space()
        if own is None or text_space is None:
            self._leave(font.dictionary.get(Name.Resources, scene.resources))
            return
        start = GraphicsState(times(own, text_space))
        for glyph in glyphs(font.dictionary):
            self._content([glyph], self._scene_of(font.dictionary, start, scene))

    def _scene_of(self, holder: Object, start: GraphicsState, parent: _Scene | None) -> _Scene:
        """What the content of `holder` is drawn with: its own resources, else those of whatever draws it."""
        depth = parent.depth + 1 if parent else 0
        resources = holder.get(Name.Resources)
        if resources is None and parent is not None:
            return _Scene(start, parent.resources, parent.owner, depth)
        owner = resources if isinstance(resources, Object) and resources.is_indirect else holder
        return _Scene(start, resources, owner.objgen, depth)

    def _content(self, streams: Sequence[Stream], scene: _Scene) -> None:
        is_measured = bool(self._images.of(scene.resources))
        once = (*(stream.objgen for stream in streams), *scene.key(is_measured=is_measured))
        if once in self._seen:
            return
        if scene.depth > self._limits.nesting:
            self._leave(scene.resources, scene.start.font)
            return
        self._seen.add(once)
        self.text.read_with(scene.resources, scene.owner)
        try:
            self._draw(self._read(streams), scene)
        except UNREAD:
            self._leave(scene.resources, scene.start.font)

    def _leave(self, resources: Object | None, font: CurrentFont | None = None) -> None:
        """Note that content with these resources, starting in `font`, was not read."""
        self.placements.unknown |= self._images.of(resources)
        self.text.leave(self._fonts.of(resources))
        self.text.leave([font.key] if font else [])

    def _read(self, streams: Sequence[Stream]) -> bytes:
        """The streams' content as one (ISO 32000-2, 7.8.2), charged to the budget."""
        parts = []
        for stream in streams:
            parts.append(content_bytes(stream, min(self._limits.stream_bytes, self._bytes_left)))
            self._bytes_left -= len(parts[-1])
        return b"\n".join(parts)

    def _draw(self, content: bytes, scene: _Scene) -> None:
        """Follow the operators that place things. Unknown ones and operands that make no sense are passed over."""
        state, saved = scene.start, list[GraphicsState]()
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
                state = changed(state, operation)
            elif operator in SHOWS_TEXT:
                drawer.show(operation, state)
            else:
                state = drawer.with_font(operation, state)
                drawer.draw(operation, state)


class _Drawer:
    """The drawing operators of one content stream."""

    def __init__(self, walk: _Walk, scene: _Scene) -> None:
        self._walk, self._scene = walk, scene
        self._xobjects = entries(scene.resources, Name.XObject)
        self._patterns = entries(scene.resources, Name.Pattern)
        self._states = entries(scene.resources, Name.ExtGState)
        self._fonts = entries(scene.resources, Name.Font)
        self._current_fonts: dict[str, CurrentFont | None] = {}

    def with_font(self, operation: Operation, state: GraphicsState) -> GraphicsState:
        """The state after an operator that sets the font, also by a graphics state's /Font (ISO 32000-2, 8.4.5)."""
        match operation:
            case Operation(b"Tf", [*_, str(name), float(size)]):
                return state._replace(font=self._named(name), font_size=size)
            case Operation(b"Tf"):
                raise UnreadableContentError("Tf without a font and a size")
            case Operation(b"gs", [*_, str(name)]):
                font, size = font_of(self._states.get(f"/{name}"))
                if font is not None:
                    return state._replace(font=self._current(font), font_size=size)
        return state

    def _named(self, name: str) -> CurrentFont | None:
        if name not in self._current_fonts:
            key = f"/{name}"
            if key not in self._fonts:
                self._walk.text.miss(key)
            self._current_fonts[name] = self._current(self._fonts.get(key))
        return self._current_fonts[name]

    def _current(self, font: object) -> CurrentFont | None:
        return self._walk.type3.current(font, self._scene.resources) if isinstance(font, Dictionary) else None

    def show(self, operation: Operation, state: GraphicsState) -> None:
        """Show text; without a font nothing is shown."""
        if state.font is not None:
            self._walk.text.show(state.font, operation.strings)
            if state.font.has_drawings:
                self._walk.glyphs(state.font, state, self._scene)

    def draw(self, operation: Operation, state: GraphicsState) -> None:
        """Do what the operation draws, if it can draw an image or text."""
        operator, operands = operation.operator, operation.operands
        name = f"/{operands[-1]}" if operands and isinstance(operands[-1], str) else ""
        if operator == b"Do" and name in self._xobjects:
            self._xobject(self._xobjects[name], state)
        elif operator in {b"scn", b"SCN"} and name in self._patterns:
            # A pattern's matrix starts from the content stream's own space, not from the current one (8.7.3.1).
            self._form(self._patterns[name], GraphicsState(self._scene.start.matrix))
        elif operator == b"gs" and name in self._states:
            self._form(soft_mask_group(self._states[name]), GraphicsState(state.matrix))

    def _xobject(self, xobject: Object, state: GraphicsState) -> None:
        if is_image(xobject):
            self._walk.placements.draw(xobject, state.matrix)
        else:
            self._form(xobject, state)

    def _form(self, form: Object | None, state: GraphicsState) -> None:
        if isinstance(form, Stream):
            self._walk.form(form, state, self._scene)


def _appearances(annotation: Object) -> Iterator[Stream]:
    """All appearance streams of an annotation, in every state (ISO 32000-2, 12.5.5)."""
    looks = annotation.get(Name.AP) if isinstance(annotation, Dictionary) else None
    for _, look in looks.items() if isinstance(looks, Dictionary) else ():
        if isinstance(look, Stream):
            yield look
        elif isinstance(look, Dictionary):
            yield from (state for _, state in look.items() if isinstance(state, Stream))
