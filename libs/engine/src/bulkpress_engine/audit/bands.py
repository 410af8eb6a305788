"""Bands of a large image, evenly spread over it, that stand for the whole: as costly per pixel, in far fewer pixels."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO

from pikepdf import Dictionary, Name, Object, Stream
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from bulkpress_engine.filters import Decoded, UndecodableStreamError, decoded, unpredicted
from bulkpress_engine.images.codecs.samples import row_bytes
from bulkpress_engine.images.facts import Coding, ImageFacts

ENOUGH_PIXELS = 800_000
FEWEST = 8  # bands: blank paper here and a picture there are both seen
BAND_ROWS = 32  # twice the height of a JPEG's largest block, so that blocks stay whole (ITU-T T.81, A.2.3)
STANDARD_HUFFMAN = bytes.fromhex("00010501010101010100000000000000")  # code lengths of table K.3: most encoders use it
ZLIB_DEFAULT = 6  # what most programs compress at


@dataclass(frozen=True, slots=True)
class Bands:
    """An image's bands as an image: its data under `filter`, and how many bytes they take as the source codes them."""

    data: bytes
    filter: Name
    facts: ImageFacts
    bytes_before: int

    def put_into(self, image: Stream) -> None:
        """Let the image XObject show the bands only."""
        image.write(self.data, filter=self.filter)
        image[Name.Height] = self.facts.height_px


def bands_of(image: Stream, facts: ImageFacts, cap_bytes: int) -> Bands | None:
    """The bands of an image, or None for one that is small, or of a coding that is not cut here.

    Nor are two-level images cut: they are coded fast, and letters come again all over a page, but not in a band.
    """
    if facts.bits == 1:
        return None
    if facts.height_px * facts.width_px < 2 * max(ENOUGH_PIXELS, FEWEST * BAND_ROWS * facts.width_px):
        return None
    try:
        coded = decoded(image, cap_bytes)
        if facts.coding is Coding.SAMPLES:
            return _of_samples(coded, facts, cap_bytes)
        if facts.coding is Coding.JPEG:
            return _of_jpeg(coded.data, facts)
    except (UndecodableStreamError, OSError, SyntaxError, ValueError):
        return None
    return None


def _rows(facts: ImageFacts) -> Iterator[tuple[int, int]]:
    """Begin and end of each band, in rows."""
    count = max(FEWEST, round(ENOUGH_PIXELS / (facts.width_px * BAND_ROWS)))
    stride = facts.height_px / count
    for number in range(count):
        begin = int((number + 0.5) * stride) // BAND_ROWS * BAND_ROWS
        if begin + BAND_ROWS <= facts.height_px:
            yield begin, begin + BAND_ROWS


def _of_samples(coded: Decoded, facts: ImageFacts, cap_bytes: int) -> Bands | None:
    length = row_bytes(facts.width_px, facts.colour.components, facts.bits)
    stored_length = length + 1 if _has_png_predictor(coded.predictor) else length
    plain = unpredicted(coded, cap_bytes)
    if len(plain) < length * facts.height_px:
        return None
    rows = list(_rows(facts))
    as_stored = b"".join(coded.data[begin * stored_length : end * stored_length] for begin, end in rows)
    data = zlib.compress(b"".join(plain[begin * length : end * length] for begin, end in rows), 1)
    return _bands(data, Name.FlateDecode, facts, len(rows), len(zlib.compress(as_stored, ZLIB_DEFAULT)))


def _has_png_predictor(parms: Dictionary | None) -> bool:
    predictor: Object | int = parms.get(Name.Predictor, 1) if parms is not None else 1
    return int(predictor) >= 10  # then each row begins with a byte that names its own (ISO 32000-2, 7.4.4.4)


def _of_jpeg(data: bytes, facts: ImageFacts) -> Bands | None:
    """The bands coded by the source's own tables, which brings back its own coefficients."""
    jpeg = facts.jpeg
    if jpeg is None or jpeg.components not in {1, 3} or jpeg.adobe_transform == 0:
        return None
    with JpegImageFile(BytesIO(data)) as whole:
        tables, sampling, is_progressive = whole.quantization, get_sampling(whole), "progressive" in whole.info
        if sampling < 0 and jpeg.components == 3:
            return None
        whole.draft("YCbCr", None)  # as it is stored: colours would come back rounded
        rows = list(_rows(facts))
        strip = Image.new(whole.mode, (facts.width_px, BAND_ROWS * len(rows)))
        for number, (begin, end) in enumerate(rows):
            strip.paste(whole.crop((0, begin, facts.width_px, end)), (0, number * BAND_ROWS))
    raw = BytesIO()
    is_optimized = STANDARD_HUFFMAN not in data[:4096]
    strip.save(
        raw,
        "JPEG",
        qtables=tables,
        subsampling=max(0, sampling),
        progressive=is_progressive,
        optimize=is_optimized and not is_progressive,
    )
    return _bands(raw.getvalue(), Name.DCTDecode, facts, len(rows), len(raw.getvalue()))


def _bands(data: bytes, coder: Name, facts: ImageFacts, count: int, bytes_before: int) -> Bands:
    height_px = BAND_ROWS * count
    jpeg = replace(facts.jpeg, height_px=height_px) if facts.jpeg else None
    return Bands(data, coder, replace(facts, height_px=height_px, stored_bytes=bytes_before, jpeg=jpeg), bytes_before)
