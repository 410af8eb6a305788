"""An image coded anew, as the values its stream and dictionary will have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Space(StrEnum):
    """The colour space of the coded image, relative to the one it had."""

    SAME = "same"
    PALETTE_BASE = "palette_base"  # the space that its palette's entries were in
    PALETTE = "palette"  # indexes into a new palette, whose entries are in the space it had (or in its palette's base)
    DEVICE_GRAY = "device_gray"


@dataclass(frozen=True, slots=True)
class Coded:
    """Stream data with what the image's dictionary must say about it (ISO 32000-2, table 87)."""

    data: bytes
    width_px: int
    height_px: int
    bits: int
    filter: str
    parms: Mapping[str, int | bool] = field(default_factory=dict)
    space: Space = Space.SAME
    palette: bytes = b""
    colours: int = 0  # in `palette`
    is_exact: bool = False  # the very pixels it had
