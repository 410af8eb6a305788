"""Fonts as the walk sees them; glyphs of Type 3 fonts are content of their own (ISO 32000-2, 9.6.4)."""

import re

from pikepdf import Dictionary, Name, Object, Stream

from bulkpress_engine.filters import UndecodableStreamError, content_bytes
from bulkpress_engine.inspection.graphics_state import CurrentFont
from bulkpress_engine.inspection.resources import entries
from bulkpress_engine.objects import ObjGen
from bulkpress_engine.options import Limits

DRAWS = re.compile(rb"Do|T[fjJ]|scn|SCN|gs")  # operators by which a glyph may draw an image or show text


class Type3Fonts:
    """Tells, and remembers, which Type 3 fonts have glyphs worth reading: most only paint a shape."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._known: dict[ObjGen, bool] = {}

    def current(self, font: Dictionary, resources: Object | None) -> CurrentFont:
        """The font as the current one of content with these resources, which its glyphs use if it has none."""
        subtype = font.get(Name.Subtype)
        has_drawings = subtype == Name.Type3 and self._has_drawings(font, font.get(Name.Resources, resources))
        return CurrentFont(font, font.objgen, subtype == Name.Type0, has_drawings)

    def _has_drawings(self, font: Dictionary, resources: Object | None) -> bool:
        if not any(
            entries(resources, category) for category in (Name.XObject, Name.Font, Name.Pattern, Name.ExtGState)
        ):
            return False
        if font.objgen not in self._known or not font.is_indirect:
            self._known[font.objgen] = any(_may_draw(glyph, self._limits) for glyph in glyphs(font))
        return self._known[font.objgen]


def glyphs(font: Dictionary) -> list[Stream]:
    """The content streams of a Type 3 font's glyphs."""
    procs = font.get(Name.CharProcs)
    found = dict(procs.items()).values() if isinstance(procs, Dictionary) else ()
    return [glyph for glyph in found if isinstance(glyph, Stream)]


def _may_draw(glyph: Stream, limits: Limits) -> bool:
    """Whether a glyph's content has an operator of DRAWS, so far as anybody can tell."""
    try:
        return DRAWS.search(content_bytes(glyph, limits.stream_bytes)) is not None
    except UndecodableStreamError:
        return True
