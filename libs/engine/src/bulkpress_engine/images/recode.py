"""Carries out the decision on one image: decodes it, makes the candidates and gives the one to store."""

from dataclasses import dataclass, replace

from pikepdf import Stream
from PIL import Image

from bulkpress_engine.filters import Decoded, UndecodableStreamError, decoded, unpredicted
from bulkpress_engine.images.codecs.bilevel import encode_bilevel
from bulkpress_engine.images.codecs.flate import encode_samples
from bulkpress_engine.images.codecs.jpeg import decode_jpeg, repack_jpeg
from bulkpress_engine.images.codecs.jpx import decode_jpx
from bulkpress_engine.images.codecs.samples import row_bytes
from bulkpress_engine.images.coded import Coded, Space
from bulkpress_engine.images.colour import Model
from bulkpress_engine.images.decide import Recode, Repack
from bulkpress_engine.images.errors import UndecodableImageError
from bulkpress_engine.images.exact import ExactRules, encode_exact
from bulkpress_engine.images.facts import Coding, ImageFacts
from bulkpress_engine.images.layers.likeness import COARSE_DPI
from bulkpress_engine.images.pictures import Loaded, Picture, Red, Stored, is_gray, resized
from bulkpress_engine.images.search import HIGHEST, PACKED_SHARE, smallest_jpeg
from bulkpress_engine.images.two_level import repack_two_level

EXACT_ADVANTAGE = 0.8  # a lossy candidate must be this much smaller than an exact one: sharp graphics stay sharp
EXACT_ADVANTAGE_IF_POOR = 0.4  # likewise where it does not look as good as asked: dithered pictures stay dithered
REQUANTIZED_ADVANTAGE = 0.85  # likewise than the JPEG it comes from: a second generation must be worth it


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for all images of a document. `deflate_level` is libdeflate's, 1..12."""

    deflate_level: int
    cap_bytes: int  # of decoded data
    may_turn_gray: bool  # DeviceRGB into DeviceGray, where the components are equal
    may_use_jbig2: bool


def repacked(stream: Stream, facts: ImageFacts, repack: Repack, settings: Settings) -> Coded:
    """The same pixels in another coding, or the very same samples where it says so. Raises UndecodableImageError."""
    coded = _decoded(stream, settings.cap_bytes)
    if facts.coding is Coding.JPEG:
        return _jpeg(repack_jpeg(coded.data), facts.width_px, facts.height_px, is_exact=True)
    if facts.coding in {Coding.CCITT, Coding.JBIG2}:
        return repack_two_level(coded, facts, may_use_jbig2=settings.may_use_jbig2)
    samples = _samples(coded, facts, settings.cap_bytes)
    if repack.keeps_samples or facts.bits in {1, 16}:
        return _same_samples(samples, facts, settings)
    exact = _exact(_stored(samples, facts), facts, settings)
    if facts.colour.palette is None:
        return exact
    return min(exact, _same_samples(samples, facts, settings), key=_size)  # its own order may be the better one


def _same_samples(samples: bytes, facts: ImageFacts, settings: Settings) -> Coded:
    size = (facts.width_px, facts.height_px)
    flate = encode_samples(samples, size, facts.colour.components, facts.bits, settings.deflate_level)
    if facts.bits != 1 or facts.colour.components != 1:
        return flate
    return min(encode_bilevel(samples, *size, may_use_jbig2=settings.may_use_jbig2), flate, key=_size)


def _size(coded: Coded) -> int:
    return len(coded.data)


def recoded(stream: Stream, facts: ImageFacts, recode: Recode, settings: Settings) -> Coded:
    """The image with the pixels and quality asked for, or an exact candidate where that is hardly larger.

    Raises UndecodableImageError.
    """
    if facts.coding is Coding.JPEG:
        return _from_jpeg(_decoded(stream, settings.cap_bytes).data, facts, recode, settings)
    whole, size = _picture(stream, facts, settings), (recode.width_px, recode.height_px)
    if facts.coding is Coding.JPX:
        return _lossy(resized(whole, size), facts, recode, settings)[0]
    exact = _exact(whole, facts, settings)
    small = resized(Red(whole) if _turns_gray(whole, facts, settings) else whole, size)
    del whole  # of a large image only one is in memory at a time beside what is made of it
    if facts.is_soft_mask:  # a lossy codec leaves specks where a mask is to hide all
        return min(exact, _exact(Loaded(small), facts, settings), key=_size)
    worth_bytes = len(exact.data)
    lossy, is_good = _lossy(small, facts, recode, settings, worth_bytes=worth_bytes)
    if not is_good and len(lossy.data) >= EXACT_ADVANTAGE_IF_POOR * worth_bytes:
        lossy, is_good = _lossy(small, facts, recode, settings, highest=HIGHEST, worth_bytes=worth_bytes)
    advantage = EXACT_ADVANTAGE if is_good else EXACT_ADVANTAGE_IF_POOR
    return lossy if len(lossy.data) < advantage * worth_bytes else exact


def picture_of(stream: Stream, facts: ImageFacts, settings: Settings) -> Image.Image:
    """All pixels of an image, as L, RGB or CMYK. Raises UndecodableImageError."""
    size = (facts.width_px, facts.height_px)
    if facts.coding is Coding.JPEG:
        return decode_jpeg(_decoded(stream, settings.cap_bytes).data, size)
    return resized(_picture(stream, facts, settings), size)


def _from_jpeg(data: bytes, facts: ImageFacts, recode: Recode, settings: Settings) -> Coded:
    size = (recode.width_px, recode.height_px)
    lossy, _ = _lossy(resized(Loaded(decode_jpeg(data, size)), size), facts, recode, settings)
    if len(lossy.data) < REQUANTIZED_ADVANTAGE * PACKED_SHARE * len(data):
        return lossy
    exact = _jpeg(repack_jpeg(data), facts.width_px, facts.height_px, is_exact=True)
    return lossy if len(lossy.data) < REQUANTIZED_ADVANTAGE * len(exact.data) else exact


def _lossy(
    small: Image.Image,
    facts: ImageFacts,
    recode: Recode,
    settings: Settings,
    *,
    highest: int | None = None,
    worth_bytes: int | None = None,
) -> tuple[Coded, bool]:
    """The image as JPEG of a quality up to `highest`, and whether it looks as good as asked; see `smallest_jpeg`."""
    space = Space.SAME if facts.colour.palette is None else Space.PALETTE_BASE
    if small.mode == "L" and facts.colour.model is not Model.GRAY:
        space = Space.DEVICE_GRAY
    elif _turns_gray(Loaded(small), facts, settings):
        small, space = small.getchannel(0), Space.DEVICE_GRAY
    dpi = (facts.dpi or COARSE_DPI) * small.width / facts.width_px
    jpeg = smallest_jpeg(
        small,
        recode.jpeg_quality,
        dpi,
        is_fixed=recode.is_quality_fixed,
        highest=highest,
        worth_bytes=worth_bytes,
    )
    return _jpeg(jpeg.data, *small.size, space=space), jpeg.is_good


def _turns_gray(picture: Picture, facts: ImageFacts, settings: Settings) -> bool:
    return settings.may_turn_gray and facts.colour.is_device and is_gray(picture)


def _picture(stream: Stream, facts: ImageFacts, settings: Settings) -> Picture:
    """All pixels of an image that is no JPEG."""
    coded = _decoded(stream, settings.cap_bytes)
    if facts.coding is Coding.JPX:
        return Loaded(decode_jpx(coded.data, (facts.width_px, facts.height_px), facts.colour.components))
    return _stored(_samples(coded, facts, settings.cap_bytes), facts)


def _stored(samples: bytes, facts: ImageFacts) -> Stored:
    return Stored(samples, (facts.width_px, facts.height_px), facts.bits, facts.colour)


def _decoded(stream: Stream, cap_bytes: int) -> Decoded:
    try:
        return decoded(stream, cap_bytes)
    except UndecodableStreamError as error:
        raise UndecodableImageError(str(error)) from error


def _samples(coded: Decoded, facts: ImageFacts, cap_bytes: int) -> bytes:
    """As many samples as the dictionary says. Raises UndecodableImageError for fewer."""
    try:
        samples = unpredicted(coded, cap_bytes)
    except UndecodableStreamError as error:
        raise UndecodableImageError(str(error)) from error
    length = row_bytes(facts.width_px, facts.colour.components, facts.bits) * facts.height_px
    if not 0 < length <= len(samples):
        raise UndecodableImageError(f"{len(samples)} bytes of samples where {length} belong")
    return samples[:length]  # as they are, where nothing follows them


def _exact(picture: Picture, facts: ImageFacts, settings: Settings) -> Coded:
    """The pixels without loss; a palette image's own space is that of its palette's entries.

    A soft mask must be in DeviceGray (ISO 32000-2, table 143): readers drop one that has a palette, or its image.
    """
    rules = ExactRules(
        deflate_level=settings.deflate_level,
        may_turn_gray=settings.may_turn_gray and facts.colour.is_device,
        may_use_palette=not facts.is_soft_mask,
        may_use_jbig2=settings.may_use_jbig2,
    )
    coded = encode_exact(picture, rules)
    is_out_of_palette = coded.space is Space.SAME and facts.colour.palette is not None
    return replace(coded, space=Space.PALETTE_BASE) if is_out_of_palette else coded


def _jpeg(data: bytes, width_px: int, height_px: int, space: Space = Space.SAME, *, is_exact: bool = False) -> Coded:
    return Coded(data, width_px, height_px, 8, "/DCTDecode", space=space, is_exact=is_exact)
