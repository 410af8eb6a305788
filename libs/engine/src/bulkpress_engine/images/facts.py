"""What is known of an image before anything of it is decoded."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from pikepdf import Array, Dictionary, Name, Object, Stream

from bulkpress_engine.filters import BYTE_CODERS, UndecodableStreamError, decoded, filters_of
from bulkpress_engine.images.colour import Colour, Model, colour_of
from bulkpress_engine.images.jpeg_header import JpegHeader, read_jpeg_header
from bulkpress_engine.images.jpx_header import JpxHeader, read_jpx_header
from bulkpress_engine.objects import spelt

POINTS_PER_INCH = 72.0
ObjGen = tuple[int, int]


class Coding(StrEnum):
    """How an image's samples are stored."""

    SAMPLES = "samples"  # as they are, under byte coders and predictors only
    JPEG = "jpeg"
    JPX = "jpx"
    CCITT = "ccitt"
    JBIG2 = "jbig2"
    UNKNOWN = "unknown"


CODINGS = {
    "/DCTDecode": Coding.JPEG,
    "/JPXDecode": Coding.JPX,
    "/CCITTFaxDecode": Coding.CCITT,
    "/JBIG2Decode": Coding.JBIG2,
}


class Mask(StrEnum):
    """What makes parts of an image transparent (ISO 32000-2, 8.9.6 and 11.6.5.2)."""

    NONE = "none"
    STENCIL = "stencil"  # another image, one bit deep
    COLOUR_KEY = "colour_key"  # a range of sample values, which must therefore stay exact
    SOFT = "soft"
    MATTE = "matte"  # a soft mask whose colours are already blended in
    IN_DATA = "in_data"  # inside the JPEG 2000 data


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """One image XObject. Sizes are in pixels, as its dictionary claims them; `dpi` is None when nobody can tell."""

    width_px: int
    height_px: int
    bits: int
    colour: Colour
    coding: Coding
    stored_bytes: int
    dpi: float | None  # pixels per inch at its largest drawing, on the axis with fewer
    mask: Mask = Mask.NONE
    is_stencil: bool = False  # paints the current colour through its one bit (8.9.6.2)
    is_soft_mask: bool = False  # its samples are opacity, of another image
    has_matte: bool = False  # it is a soft mask with /Matte: bound to its image pixel by pixel
    has_decode: bool = False  # a /Decode array other than the default
    has_colour_transform: bool = False  # /ColorTransform in its DCT parameters (7.4.8)
    has_globals: bool = False  # its JBIG2 symbols are in another stream (7.4.7)
    has_alternates: bool = False  # other versions for printing (8.9.5.4)
    has_opi: bool = False  # stands in for a high-resolution original (14.11.7)
    is_space_in_data: bool = False  # what its colours mean is told in its JPEG 2000 data alone (7.4.9)
    jpeg: JpegHeader | None = None
    twin: str = ""  # equal for images whose data and dictionary are equal

    @property
    def pixels(self) -> int:
        """How many pixels the dictionary claims."""
        return max(self.width_px, 0) * max(self.height_px, 0)


def read_image_facts(
    image: Stream,
    drawn_pt: tuple[float, float] | None,
    *,
    cap_bytes: int,
    is_soft_mask: bool = False,
    twin: str = "",
) -> ImageFacts:
    """The facts of one image XObject, drawn no larger than `drawn_pt` (None: nobody knows how large).

    A JPEG, or JPEG 2000 whose colours nothing else tells, is decoded to at most `cap_bytes` for its header.
    """
    chain = filters_of(image)
    coding = Coding.UNKNOWN if Name.F in image else _coding([name for name, _ in chain])  # /F: data in another file
    width_px, height_px = whole(image.get(Name.Width)), whole(image.get(Name.Height))
    is_stencil = bool(image.get(Name.ImageMask, False))
    space = image.get(Name.ColorSpace)
    is_space_in_data = coding is Coding.JPX and space is None and not is_stencil
    jpx = _jpx_header(image, cap_bytes) if is_space_in_data else None
    colour = Colour(Model.GRAY, is_device=True) if is_stencil else jpx.colour if jpx else colour_of(space)
    parms = chain[-1][1] if chain else None
    return ImageFacts(
        width_px=width_px,
        height_px=height_px,
        bits=1 if is_stencil else jpx.bits if jpx else whole(image.get(Name.BitsPerComponent)),
        colour=colour,
        coding=coding,
        stored_bytes=whole(image.get(Name.Length)),
        dpi=effective_dpi(width_px, height_px, drawn_pt),
        mask=_mask(image),
        is_stencil=is_stencil,
        is_soft_mask=is_soft_mask,
        has_matte=Name.Matte in image,
        has_decode=_has_decode(image, colour),
        has_colour_transform=isinstance(parms, Dictionary) and Name.ColorTransform in parms,
        has_globals=isinstance(parms, Dictionary) and Name.JBIG2Globals in parms,
        has_alternates=Name.Alternates in image,
        has_opi=Name.OPI in image,
        is_space_in_data=is_space_in_data,
        jpeg=_jpeg_header(image, cap_bytes) if coding is Coding.JPEG else None,
        twin=twin,
    )


def effective_dpi(width_px: int, height_px: int, drawn_pt: tuple[float, float] | None) -> float | None:
    """Pixels per inch where the image is drawn largest; None when it is not drawn, or drawn flat."""
    if drawn_pt is None or min(drawn_pt) <= 0 or min(width_px, height_px) <= 0:
        return None
    return min(width_px / drawn_pt[0], height_px / drawn_pt[1]) * POINTS_PER_INCH


def fingerprint(image: Stream) -> str:
    """Equal for streams with the same stored bytes and the same dictionary; references count by object number."""
    digest = blake2b(image.read_raw_bytes(), digest_size=20)
    digest.update(repr(sorted((key, _text(value)) for key, value in image.stream_dict.items())).encode())
    return digest.hexdigest()


def whole(value: object) -> int:
    """A whole number from a dictionary; 0 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _text(value: object) -> bytes:
    return value.unparse() if isinstance(value, Object) else repr(value).encode()


def _coding(filters: list[str]) -> Coding:
    if all(name in BYTE_CODERS for name in filters):
        return Coding.SAMPLES
    if all(name in BYTE_CODERS for name in filters[:-1]):
        return CODINGS.get(filters[-1], Coding.UNKNOWN)
    return Coding.UNKNOWN


def _mask(image: Stream) -> Mask:
    soft = image.get(Name.SMask)
    if isinstance(soft, Stream):  # wins over /Mask where both are (11.6.5.2)
        return Mask.MATTE if Name.Matte in soft else Mask.SOFT
    if whole(image.get(Name.SMaskInData)) != 0:
        return Mask.IN_DATA
    hard = image.get(Name.Mask)
    if isinstance(hard, Array):
        return Mask.COLOUR_KEY
    return Mask.STENCIL if isinstance(hard, Stream) else Mask.NONE


def _jpeg_header(image: Stream, cap_bytes: int) -> JpegHeader | None:
    try:
        return read_jpeg_header(decoded(image, cap_bytes).data)
    except UndecodableStreamError:
        return None


def _jpx_header(image: Stream, cap_bytes: int) -> JpxHeader | None:
    try:
        return read_jpx_header(decoded(image, cap_bytes).data)
    except UndecodableStreamError:
        return None


def _has_decode(image: Stream, colour: Colour) -> bool:
    """Whether /Decode says anything but the default (ISO 32000-2, table 88)."""
    decode = image.get(Name.Decode)
    if decode is None:
        return False
    if not isinstance(decode, Array) or colour.palette is not None:
        return True
    return [spelt(number) for number in decode] not in (
        ["0", "1"] * colour.components,
        ["0.0", "1.0"] * colour.components,
    )
