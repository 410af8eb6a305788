"""Samples as PDF stores them (ISO 32000-2, 8.9.5.2): rows of 1, 2, 4, 8 or 16 bits a component, padded to bytes."""

from PIL import Image

from bulkpress_engine.images.colour import COMPONENTS, Colour, Model
from bulkpress_engine.images.errors import UndecodableImageError

MODES = {Model.GRAY: "L", Model.RGB: "RGB", Model.CMYK: "CMYK"}
GRAY_RAW_MODES = {1: "1", 2: "L;2", 4: "L;4", 8: "L"}
PALETTE_RAW_MODES = {1: "P;1", 2: "P;2", 4: "P;4", 8: "P"}


def row_bytes(width_px: int, components: int, bits: int) -> int:
    """Bytes of one row."""
    return (width_px * components * bits + 7) // 8


def decode_samples(data: bytes, size: tuple[int, int], bits: int, colour: Colour) -> Image.Image:
    """The pixels as L, RGB or CMYK, a palette applied, 16 bits cut to 8. Raises UndecodableImageError."""
    length = row_bytes(size[0], colour.components, bits) * size[1]
    if length == 0 or len(data) < length:
        raise UndecodableImageError(f"{len(data)} bytes of samples where {length} belong")
    samples = data[:length]
    if bits == 16:
        samples, bits = samples[::2], 8  # the high bytes (8.9.5.2: most significant first)
    if colour.palette is not None:
        return _through_palette(samples, size, bits, colour)
    if colour.model is Model.GRAY and bits == 1:
        return Image.frombytes("1", size, samples, "raw", "1").convert("L")
    if colour.model is Model.GRAY:
        return Image.frombytes("L", size, samples, "raw", GRAY_RAW_MODES[bits])
    if bits != 8 or colour.model not in MODES:
        raise UndecodableImageError(f"{bits} bits a component of {colour.model}")
    return Image.frombytes(MODES[colour.model], size, samples)


def _through_palette(samples: bytes, size: tuple[int, int], bits: int, colour: Colour) -> Image.Image:
    """Indexes replaced by their colours; one beyond the table means its last colour (8.6.6.3)."""
    if colour.model not in MODES:
        raise UndecodableImageError(f"a palette of {colour.model}")
    entries, components = colour.palette or b"", COMPONENTS[colour.model]
    full = entries + entries[-components:] * (256 - len(entries) // components)
    indexes = Image.frombytes("P", size, samples, "raw", PALETTE_RAW_MODES[bits])
    if colour.model is Model.RGB:
        indexes.putpalette(full)
        return indexes.convert("RGB")
    planes = [
        Image.frombytes("L", size, indexes.tobytes()).point(list(full[plane::components]))
        for plane in range(components)
    ]
    return planes[0] if components == 1 else Image.merge("CMYK", planes)
