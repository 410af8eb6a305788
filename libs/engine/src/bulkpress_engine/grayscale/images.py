"""One image XObject in gray: with the very samples where a table or the JPEG's own luma does it, else drawn anew."""

from enum import StrEnum

import numpy as np
from pikepdf import Array, Name, Object, Stream, String

from bulkpress_engine.filters import Decoded, UndecodableStreamError, decoded, deflated, unpredicted
from bulkpress_engine.grayscale.colours import Grays, NoGrayError, components_of, family, is_coloured
from bulkpress_engine.grayscale.shown import Levels, UnshownError, image_shown, luma
from bulkpress_engine.images.codecs.jpeg_luma import luma_of_jpeg
from bulkpress_engine.images.codecs.samples import row_bytes
from bulkpress_engine.images.errors import UndecodableImageError
from bulkpress_engine.images.facts import Coding, ImageFacts, Mask, read_image_facts
from bulkpress_engine.images.jpeg_header import JpegHeader

DEFLATE_LEVEL = 6  # the passes store it as small as it gets
SAME_COLOURS = 3  # levels: up to here a profile's gray is the luma of its numbers, as sRGB's is
PROBES = np.stack(np.meshgrid(*[np.arange(0, 256, 51, dtype=np.uint8)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)


class Outcome(StrEnum):
    """What became of an image."""

    GRAY = "gray"  # it was, or shows no colour of its own
    TURNED = "turned_gray"
    LEFT = "left_in_colour"


def turn_image_gray(image: Stream, grays: Grays, *, cap_bytes: int, max_pixels: int) -> Outcome:
    """Let the image be gray, of the same size and as transparent."""
    if image.get(Name.ImageMask, False):
        return Outcome.GRAY
    facts = read_image_facts(image, None, cap_bytes=cap_bytes)
    space = image.get(Name.ColorSpace)
    if space is not None and not is_coloured(space) and components_of(space):
        return Outcome.GRAY
    if facts.pixels > max_pixels or facts.mask is Mask.IN_DATA or Name.F in image:
        return Outcome.LEFT
    try:
        matte = _gray_matte(image, facts, grays)
        _turn(image, facts, grays, cap_bytes)
    except (NoGrayError, UnshownError, UndecodableImageError, UndecodableStreamError, ValueError, TypeError):
        return Outcome.LEFT
    if matte is not None:
        image[Name.SMask][Name.Matte] = Array([matte])
    return Outcome.TURNED


def _turn(image: Stream, facts: ImageFacts, grays: Grays, cap_bytes: int) -> None:
    space = image.get(Name.ColorSpace)
    if space is not None and _has_table(image, facts, space):
        table = _table(image, facts, space, grays)
        image[Name.ColorSpace] = Array([Name.Indexed, Name.DeviceGray, len(table) - 1, String(table)])
        if family(space) not in {"/Indexed", "/I"} and Name.Decode in image:
            del image[Name.Decode]  # which the table has taken in
        return
    mask = _mask_of_key(image, facts, cap_bytes) if facts.mask is Mask.COLOUR_KEY else None
    if mask is None and facts.jpeg is not None and _is_luma_gray(facts.jpeg, facts, space, grays):
        coded = decoded(image, cap_bytes)
        plain = luma_of_jpeg(coded.data)
        if plain is not None:
            image.write(plain, filter=Name.DCTDecode)
            _describe(image)
            return
    levels = _levels(image, facts, grays, cap_bytes)
    image.write(deflated(levels.tobytes(), DEFLATE_LEVEL), filter=Name.FlateDecode)
    _describe(image)
    if mask is not None:
        image[Name.Mask] = _stencil(mask, grays)


def _describe(image: Stream) -> None:
    image[Name.ColorSpace], image[Name.BitsPerComponent] = Name.DeviceGray, 8
    if Name.Decode in image:
        del image[Name.Decode]


def _has_table(image: Stream, facts: ImageFacts, space: Object) -> bool:
    """Whether each sample stands for a colour of its own, of so few that they can be listed."""
    if facts.coding is Coding.JPX or components_of(space) != 1:
        return False
    is_exact = facts.coding in {Coding.SAMPLES, Coding.CCITT, Coding.JBIG2}
    return facts.bits in {1, 2, 4, 8} and (is_exact or family(space) in {"/Indexed", "/I"}) and _is_sane(image)


def _is_sane(image: Stream) -> bool:
    decode = image.get(Name.Decode)
    return decode is None or (isinstance(decode, Array) and len(decode) == 2)


def _table(image: Stream, facts: ImageFacts, space: Object, grays: Grays) -> bytes:
    """The gray of every sample; of a palette's image, of every entry of the palette."""
    if family(space) in {"/Indexed", "/I"} and isinstance(space, Array):
        entries = min(256, int(space[2]) + 1)
        return grays.levels(space, np.arange(entries, dtype=np.uint8).reshape(-1, 1)).tobytes()
    low, high = map(float, image.get(Name.Decode, Array([0, 1])))
    most = (1 << facts.bits) - 1
    amounts = np.clip(low + (high - low) * np.arange(most + 1) / most, 0, 1)
    return grays.levels(space, np.round(255 * amounts).astype(np.uint8).reshape(-1, 1)).tobytes()


def _is_luma_gray(jpeg: JpegHeader, facts: ImageFacts, space: Object | None, grays: Grays) -> bool:
    """Whether the first component of a JPEG is the gray of its colours."""
    is_ycc = jpeg.components == 3 and jpeg.adobe_transform in {None, 1} and not jpeg.are_components_rgb
    if not is_ycc or facts.has_decode or facts.has_colour_transform or jpeg.bits != 8 or not jpeg.is_huffman_dct:
        return False
    if (jpeg.width_px, jpeg.height_px) != (facts.width_px, facts.height_px):
        return False
    return space is not None and is_luma_of(space, grays)


def is_luma_of(space: Object, grays: Grays) -> bool:
    """Whether the gray of a space's colours is the luma of their numbers."""
    if family(space) in {"/DeviceRGB", "/RGB"}:
        return True
    if components_of(space) != 3:
        return False
    shown = grays.levels(space, PROBES).astype(int)
    return bool(np.abs(shown - luma(PROBES.reshape(1, -1, 3)).reshape(-1)).max() <= SAME_COLOURS)


def _levels(image: Stream, facts: ImageFacts, grays: Grays, cap_bytes: int) -> Levels:
    """The gray of each pixel, height x width."""
    space = image.get(Name.ColorSpace)
    is_plain = facts.coding is Coding.SAMPLES and facts.bits == 8 and not facts.has_decode
    if is_plain and family(space) in {"/DeviceRGB", "/RGB"}:
        samples = _samples(decoded(image, cap_bytes), facts, cap_bytes)
        return luma(np.frombuffer(samples, np.uint8).reshape(facts.height_px, facts.width_px, 3))
    return image_shown(grays.pdf, image)


def _samples(coded: Decoded, facts: ImageFacts, cap_bytes: int) -> bytes:
    samples = unpredicted(coded, cap_bytes)
    length = row_bytes(facts.width_px, facts.colour.components, facts.bits) * facts.height_px
    if not 0 < length <= len(samples):
        raise UndecodableImageError(f"{len(samples)} bytes of samples where {length} belong")
    return samples[:length]


def _mask_of_key(image: Stream, facts: ImageFacts, cap_bytes: int) -> Levels:
    """Where samples are in the ranges of a colour key (8.9.6.4): true for what is hidden, height x width."""
    if facts.coding is not Coding.SAMPLES or facts.bits != 8 or facts.colour.components < 1:
        raise NoGrayError("a colour key on samples that are not read")
    samples = np.frombuffer(_samples(decoded(image, cap_bytes), facts, cap_bytes), np.uint8)
    pixels = samples.reshape(facts.height_px, facts.width_px, facts.colour.components)
    bounds = np.array([int(bound) for bound in image[Name.Mask]]).reshape(-1, 2)
    if len(bounds) != facts.colour.components:
        raise NoGrayError("a colour key of other components")
    return np.asarray(((pixels >= bounds[:, 0]) & (pixels <= bounds[:, 1])).all(axis=2), np.uint8)


def _gray_matte(image: Stream, facts: ImageFacts, grays: Grays) -> float | None:
    """The gray of the colour that an image's colours are mixed with already (11.6.5.2); None where there is none."""
    if facts.mask is not Mask.MATTE:
        return None
    space = image.get(Name.ColorSpace)
    if space is None or not is_luma_of(space, grays):
        raise NoGrayError("colours mixed in a space whose gray is not even")
    return grays.of(Name.DeviceRGB, [float(number) for number in image[Name.SMask][Name.Matte]])


def is_image_coloured(image: Stream) -> bool:
    """Whether an image is in a space of colours; a JPEG 2000 without a space of its own may be."""
    if image.get(Name.ImageMask, False):
        return False
    space = image.get(Name.ColorSpace)
    return space is None or is_coloured(space) or not components_of(space)


def _stencil(mask: Levels, grays: Grays) -> Stream:
    """A stencil mask that hides where `mask` is true (8.9.6.3)."""
    height, width = mask.shape
    stencil = grays.pdf.make_stream(
        b"", Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height, ImageMask=True, BitsPerComponent=1
    )
    stencil.write(deflated(np.packbits(mask, axis=1).tobytes(), DEFLATE_LEVEL), filter=Name.FlateDecode)
    return stencil
