"""What to do with one font program, from facts alone."""

from dataclasses import dataclass

from bulkpress_engine.fonts.facts import FontFacts
from bulkpress_engine.fonts.reasons import FontKeepReason


@dataclass(frozen=True, slots=True)
class FontRules:
    """What holds for all fonts of a document."""

    is_pdfa_1: bool  # subsets of CID fonts and of Type 1 fonts list their glyphs (ISO 19005-1, 6.3.5)


def decide_font(font: FontFacts, rules: FontRules) -> FontKeepReason | None:
    """Why a font program has to stay as it is; None for one to be made smaller."""
    if not font.is_known:
        return FontKeepReason.UNKNOWN_USE
    if rules.is_pdfa_1 and font.is_composite:
        return FontKeepReason.PDFA_GLYPH_LIST  # which CIDs count as present where indexes are kept is disputed
    return None
