"""What is known of a font program and of those that use it, before any of it is read (ISO 32000-2, 9.9)."""

from dataclasses import dataclass
from enum import StrEnum

from bulkpress_engine.objects import ObjGen


class ProgramKey(StrEnum):
    """The entry of a font descriptor that holds the program, which says its format."""

    TYPE1 = "/FontFile"
    TRUETYPE = "/FontFile2"
    COMPACT = "/FontFile3"  # CFF or OpenType, as its /Subtype says


@dataclass(frozen=True, slots=True)
class FontUse:
    """A font dictionary, simple or composite, with the codes shown in it."""

    font: ObjGen
    codes: frozenset[int]
    is_open: bool = False  # programs that fill forms may show others; `codes` then are all that a simple font has


@dataclass(frozen=True, slots=True)
class FontFacts:
    """One font program, in all its copies, with everything that shows its glyphs."""

    files: tuple[ObjGen, ...]  # streams that are equal, byte for byte
    key: ProgramKey
    uses: tuple[FontUse, ...]
    is_known: bool  # `uses` is all there is, and their codes all that they can show
    is_composite: bool  # some use is a composite font's
