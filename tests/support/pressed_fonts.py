"""A document pressed at level low, with a second look at what became of its font programs."""

import io
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont
from pikepdf import Dictionary, Name, Pdf, Stream

from bulkpress_engine.fonts.cff import Compact
from bulkpress_engine.options import Level, PressOptions
from bulkpress_engine.press import press
from bulkpress_engine.report import Report
from bulkpress_engine.verification.drawing import Drawing
from tests.support.pdf_factory.font_programs import GLYPHS


class Pressed:
    """A document, pressed at level low, with a second look at what became of its font programs."""

    def __init__(self, document: bytes, folder: Path) -> None:
        source, target = folder / "source.pdf", folder / "target.pdf"
        source.write_bytes(document)
        self.report: Report = press(source, target, PressOptions(Level.LOW))
        self.pdf = Pdf.open(target)
        self.same_pixels = self._draws_alike(source, target)

    @staticmethod
    def _draws_alike(source: Path, target: Path) -> bool:
        before, after = Drawing(source, ""), Drawing(target, "")
        with Pdf.open(source) as pdf:
            pages = range(len(pdf.pages))
        same = all(np.array_equal(before.pixels(page), after.pixels(page)) for page in pages)
        before.close()
        after.close()
        return same

    @property
    def reasons(self) -> dict[str, int]:
        return {
            name.removeprefix("press_fonts."): count
            for name, count in self.report.decisions.items()
            if name.startswith("press_fonts.")
        }

    def programs(self) -> list[Stream]:
        descriptors = [holder for holder in self.pdf.objects if isinstance(holder, Dictionary)]
        files = [holder.get(key) for holder in descriptors for key in (Name.FontFile2, Name.FontFile3)]
        return list({file.objgen: file for file in files if isinstance(file, Stream)}.values())

    def glyphs(self) -> set[str]:
        """Names of the glyphs that have an outline, in all programs that are left."""
        return set().union(*(_outlined(file.read_bytes()) for file in self.programs()))


def _outlined(program: bytes) -> set[str]:
    if program[:4] == b"\0\1\0\0":
        font = TTFont(io.BytesIO(program))
        font.setGlyphOrder(GLYPHS[: font["maxp"].numGlyphs])
        return {name for name in font.getGlyphOrder() if font["glyf"][name].numberOfContours}
    compact = Compact(program)
    return {name for index, name in enumerate(compact.glyphs) if compact.outline(index)}
