"""Each format of font program to its own module."""

from collections.abc import Sequence

from pikepdf import Name, Object

from bulkpress_engine.fonts.cff import subset_compact
from bulkpress_engine.fonts.facts import ProgramKey
from bulkpress_engine.fonts.reasons import FontKeepReason, FontLeftError
from bulkpress_engine.fonts.subset import NewProgram, Shown
from bulkpress_engine.fonts.truetype import subset_truetype
from bulkpress_engine.fonts.type1c import compact_type1


def smaller_program(program: bytes, key: ProgramKey, subtype: Object | None, shown: Sequence[Shown]) -> NewProgram:
    """The program with only the glyphs that are shown. Raises FontLeftError."""
    if key is ProgramKey.TRUETYPE:
        return subset_truetype(program, shown)
    # No set of names: the document may have put anything here, also what has no hash.
    if key is ProgramKey.COMPACT and (subtype == Name.Type1C or subtype == Name.CIDFontType0C):  # noqa: PLR1714
        return subset_compact(program, shown)
    if key is ProgramKey.TYPE1:
        return compact_type1(program, shown)
    raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
