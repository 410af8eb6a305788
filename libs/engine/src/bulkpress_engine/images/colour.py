"""Colour spaces (ISO 32000-2, 8.6), as far as samples in them can be resampled and coded anew."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pikepdf import Array, Name, Object, Stream, String

from bulkpress_engine.filters import UndecodableStreamError, content_bytes
from bulkpress_engine.objects import spelt

MAX_TABLE_BYTES = 4096  # 256 colours of four components, and some slack
MAX_PROFILE_BYTES = 8 * 2**20  # press profiles reach 3 MB
PROFILE_SPACES = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}  # ICC.1:2022, 7.2.6
PLAIN_SPACES = {"/DeviceGray": "gray", "/G": "gray", "/CalGray": "gray", "/DeviceRGB": "rgb", "/RGB": "rgb",
                 "/CalRGB": "rgb", "/DeviceCMYK": "cmyk", "/CMYK": "cmyk", "/Lab": "lab"}  # fmt: skip


class Model(StrEnum):
    """What the components of a sample mean. Only the first three can be resampled and coded as JPEG."""

    GRAY = "gray"
    RGB = "rgb"
    CMYK = "cmyk"
    LAB = "lab"
    SEPARATION = "separation"
    DEVICE_N = "device_n"
    UNKNOWN = "unknown"


COMPONENTS = {Model.GRAY: 1, Model.RGB: 3, Model.CMYK: 4, Model.LAB: 3}


@dataclass(frozen=True, slots=True)
class Colour:
    """An image's colour space. With a `palette`, samples are indexes into it and `model` is that of its entries."""

    model: Model
    is_device: bool = False  # not calibrated, so that equal amounts of DeviceRGB are DeviceGray (10.4.2)
    palette: bytes | None = None
    inks: int = 0  # of Separation and DeviceN

    @property
    def components(self) -> int:
        """Components of one stored sample."""
        return 1 if self.palette is not None else self.inks or COMPONENTS.get(self.model, 0)


UNKNOWN = Colour(Model.UNKNOWN)


def colour_of(space: Object | None) -> Colour:
    """What is known of a colour space object; UNKNOWN for a missing, malformed or unheard-of one."""
    if isinstance(space, Name):
        return _plain(spelt(space))
    if not isinstance(space, Array) or len(space) == 0 or not isinstance(space[0], Name):
        return UNKNOWN
    family = spelt(space[0])
    read = FAMILIES.get(family)
    return read(space) if read and len(space) > 1 else _plain(family)


def _plain(family: str) -> Colour:
    if family in PLAIN_SPACES:
        return Colour(Model(PLAIN_SPACES[family]), is_device=not family.startswith(("/Cal", "/Lab")))
    return UNKNOWN


def _profiled(space: Array) -> Colour:
    """An ICC profile's space, if its header agrees with /N: a Lab profile also has three components."""
    profile = space[1]
    if not isinstance(profile, Stream):
        return UNKNOWN
    try:
        header = content_bytes(profile, MAX_PROFILE_BYTES)[:20]
    except UndecodableStreamError:
        return UNKNOWN
    components = PROFILE_SPACES.get(header[16:20])
    if components is None or components != profile.get(Name.N):
        return UNKNOWN
    return Colour(next(model for model, count in COMPONENTS.items() if count == components))


def _table(table: Object) -> bytes:
    if isinstance(table, Stream):
        return content_bytes(table, MAX_TABLE_BYTES)
    return bytes(table) if isinstance(table, String) else b""


def _indexed(space: Array) -> Colour:
    """An Indexed space (8.6.6.3) whose table is as long as it says."""
    if len(space) != 4:
        return UNKNOWN
    base = colour_of(space[1])
    try:
        entries = int(space[2]) + 1
        palette = _table(space[3])
    except (TypeError, ValueError, UndecodableStreamError):
        return UNKNOWN
    length = entries * base.components
    if base.palette is not None or not 1 <= entries <= 256 or not 0 < length <= len(palette):
        return UNKNOWN
    return Colour(base.model, base.is_device, palette[:length])


def _inked(space: Array) -> Colour:
    """Separation has one ink, DeviceN an array of them (8.6.6.4, 8.6.6.5)."""
    if isinstance(space[1], Array):
        return Colour(Model.DEVICE_N, inks=len(space[1]))
    return Colour(Model.SEPARATION, inks=1)


FAMILIES: Mapping[str, Callable[[Array], Colour]] = {
    "/ICCBased": _profiled,
    "/Indexed": _indexed,
    "/I": _indexed,
    "/Separation": _inked,
    "/DeviceN": _inked,
}
