"""The closed vocabulary of why a font program was left as it was, and the errors that carry it."""

from enum import StrEnum


class FontKeepReason(StrEnum):
    """Why a font program was left as it was. Wording for people: docs/reference/reasons.md."""

    UNKNOWN_USE = "unknown_use"  # something may show glyphs that nobody has seen
    UNUSUAL_PROGRAM = "unusual_program"
    UNUSUAL_ENCODING = "unusual_encoding"
    DAMAGED = "damaged"
    PDFA_GLYPH_LIST = "pdfa_glyph_list"
    NOT_SMALLER = "not_smaller"
    NOT_PROVEN = "not_proven"  # a glyph of the new program differs from the old one's


class FontLeftError(Exception):
    """The font program has to stay as it is."""

    def __init__(self, reason: FontKeepReason) -> None:
        super().__init__(reason)
        self.reason = reason
