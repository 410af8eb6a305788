"""Carries out the decision on one image: decodes it, makes the candidates and gives the one to store."""

from dataclasses import dataclass

from pikepdf import Stream
from PIL import Image

from bulkpress_engine.filters import Decoded, UndecodableStreamError, decoded, unpredicted
from bulkpress_engine.images.codecs.bilevel import encode_bilevel
from bulkpress_engine.images.codecs.flate import MAX_PALETTE, encode_flate
from bulkpress_engine.images.codecs.jpeg import decode_jpeg, encode_jpeg, repack_jpeg
from bulkpress_engine.images.codecs.jpx import decode_jpx
from bulkpress_engine.images.codecs.samples import decode_samples, row_bytes
from bulkpress_engine.images.coded import Coded, Space
from bulkpress_engine.images.decide import Recode
from bulkpress_engine.images.errors import UndecodableImageError
from bulkpress_engine.images.facts import Coding, ImageFacts

EXACT_ADVANTAGE = 0.8  # a lossy candidate must be this much smaller than an exact one: sharp graphics stay sharp
REQUANTIZED_ADVANTAGE = 0.9  # likewise than the JPEG it comes from: a second generation must be worth it


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for all images of a document. `deflate_level` is libdeflate's, 1..12."""

    deflate_level: int
    cap_bytes: int  # of decoded data
    may_turn_gray: bool  # DeviceRGB into DeviceGray, where the components are equal
    may_use_jbig2: bool


def repacked(stream: Stream, facts: ImageFacts, settings: Settings) -> Coded:
    """The same pixels in another coding. Raises UndecodableImageError."""
    coded = _decoded(stream, settings.cap_bytes)
    if facts.coding is Coding.JPEG:
        return _jpeg(repack_jpeg(coded.data), facts.width_px, facts.height_px, is_exact=True)
    samples = _samples(coded, settings.cap_bytes)
    if facts.bits == 1 and facts.colour.components == 1:
        length = row_bytes(facts.width_px, 1, 1) * facts.height_px
        if len(samples) < length:
            raise UndecodableImageError("fewer rows than the dictionary says")
        return encode_bilevel(samples[:length], facts.width_px, facts.height_px, may_use_jbig2=settings.may_use_jbig2)
    if facts.bits == 16:
        raise UndecodableImageError("16 bits a component are not packed without loss")
    return _exact(_pixels(samples, facts), facts, settings)


def recoded(stream: Stream, facts: ImageFacts, recode: Recode, settings: Settings) -> Coded:
    """The image with the pixels and quality asked for, or an exact candidate where that is hardly larger.

    Raises UndecodableImageError.
    """
    if facts.coding is Coding.JPEG:
        return _from_jpeg(_decoded(stream, settings.cap_bytes).data, facts, recode)
    size = (recode.width_px, recode.height_px)
    whole = _whole(stream, facts, settings)
    small = whole.resize(size, Image.Resampling.LANCZOS) if size != whole.size else whole
    if facts.is_soft_mask:  # a lossy codec leaves specks where a mask is to hide all
        return _exact(small, facts, settings)
    lossy = _jpeg(encode_jpeg(small, recode.jpeg_quality), *size, space=_own_space(facts))
    if facts.coding is Coding.JPX or _is_far_smaller(lossy, whole, facts):
        return lossy
    exact = _exact(whole, facts, settings)
    return lossy if len(lossy.data) < EXACT_ADVANTAGE * len(exact.data) else exact


def picture_of(stream: Stream, facts: ImageFacts, settings: Settings) -> Image.Image:
    """All pixels of an image, as L, RGB or CMYK. Raises UndecodableImageError."""
    if facts.coding is Coding.JPEG:
        return decode_jpeg(_decoded(stream, settings.cap_bytes).data, (facts.width_px, facts.height_px))
    return _whole(stream, facts, settings)


def _from_jpeg(data: bytes, facts: ImageFacts, recode: Recode) -> Coded:
    size = (recode.width_px, recode.height_px)
    shrinks = size != (facts.width_px, facts.height_px)
    image = decode_jpeg(data, size)
    if shrinks:
        image = image.resize(size, Image.Resampling.LANCZOS)
    lossy = _jpeg(encode_jpeg(image, recode.jpeg_quality), *size)
    if shrinks and 2 * len(lossy.data) < len(data):
        return lossy
    exact = _jpeg(repack_jpeg(data), facts.width_px, facts.height_px, is_exact=True)
    return lossy if len(lossy.data) < REQUANTIZED_ADVANTAGE * len(exact.data) else exact


def _whole(stream: Stream, facts: ImageFacts, settings: Settings) -> Image.Image:
    """All pixels of an image that is no JPEG; its data is let go on the way."""
    coded = _decoded(stream, settings.cap_bytes)
    if facts.coding is Coding.JPX:
        return decode_jpx(coded.data, (facts.width_px, facts.height_px), facts.colour.components)
    return _pixels(_samples(coded, settings.cap_bytes), facts)


def _is_far_smaller(lossy: Coded, whole: Image.Image, facts: ImageFacts) -> bool:
    """Whether no exact candidate can come near: many colours, and data that was compressed before."""
    was_compressed = facts.stored_bytes < facts.pixels * facts.colour.components
    return was_compressed and 2 * len(lossy.data) < facts.stored_bytes and not whole.getcolors(MAX_PALETTE)


def _decoded(stream: Stream, cap_bytes: int) -> Decoded:
    try:
        return decoded(stream, cap_bytes)
    except UndecodableStreamError as error:
        raise UndecodableImageError(str(error)) from error


def _samples(coded: Decoded, cap_bytes: int) -> bytes:
    try:
        return unpredicted(coded, cap_bytes)
    except UndecodableStreamError as error:
        raise UndecodableImageError(str(error)) from error


def _pixels(samples: bytes, facts: ImageFacts) -> Image.Image:
    return decode_samples(samples, (facts.width_px, facts.height_px), facts.bits, facts.colour)


def _exact(image: Image.Image, facts: ImageFacts, settings: Settings) -> Coded:
    """The pixels without loss; a palette image's own space is that of its palette's entries.

    A soft mask must be in DeviceGray (ISO 32000-2, table 143): readers drop one that has a palette, or its image.
    """
    coded = encode_flate(
        image,
        settings.deflate_level,
        may_turn_gray=settings.may_turn_gray and facts.colour.is_device,
        may_use_palette=not facts.is_soft_mask,
    )
    if coded.space is Space.SAME and facts.colour.palette is not None:
        raise UndecodableImageError("more colours than its palette has")
    return coded


def _own_space(facts: ImageFacts) -> Space:
    return Space.SAME if facts.colour.palette is None else Space.PALETTE_BASE


def _jpeg(data: bytes, width_px: int, height_px: int, space: Space = Space.SAME, *, is_exact: bool = False) -> Coded:
    return Coded(data, width_px, height_px, 8, "/DCTDecode", space=space, is_exact=is_exact)
