"""What a subsetted font program is, whatever its format."""

from collections.abc import Mapping
from dataclasses import dataclass

from pikepdf import Dictionary, Name

from bulkpress_engine.objects import spelt

IDENTITY_CMAPS = frozenset({"/Identity-H", "/Identity-V"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A font dictionary of the document with the codes shown in it, and its leaf: itself, or its CIDFont."""

    font: Dictionary
    leaf: Dictionary
    codes: frozenset[int]

    @property
    def is_composite(self) -> bool:
        """Whether the font is a Type 0 font."""
        return self.font.objgen != self.leaf.objgen


@dataclass(frozen=True, slots=True)
class NewProgram:
    """A font program with fewer glyphs, and what its stream's dictionary must say of it."""

    data: bytes
    glyphs_before: int
    glyphs: int
    lengths: Mapping[str, int]  # /Length1 and the like
    subtype: str | None = None  # of a FontFile3
    names: tuple[str, ...] = ()  # of all its glyphs but .notdef, where glyphs have names


def has_identity_cmap(font: Dictionary) -> bool:
    """Whether the codes of a composite font, of two bytes each, are its CIDs (ISO 32000-2, 9.7.5.2)."""
    encoding = font.get(Name.Encoding)
    return isinstance(encoding, Name) and spelt(encoding) in IDENTITY_CMAPS
