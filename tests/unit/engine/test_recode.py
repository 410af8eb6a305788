"""One image carried out: which of several exact candidates is stored."""

from collections.abc import Callable

import numpy as np
import pytest
from pikepdf import Array, Name, Pdf, Stream
from PIL import Image

from bulkpress_engine.images.coded import Space
from bulkpress_engine.images.decide import Recode, Repack
from bulkpress_engine.images.errors import UndecodableImageError
from bulkpress_engine.images.facts import read_image_facts
from bulkpress_engine.images.recode import Settings, recoded, repacked
from tests.support.pdf_factory import pictures
from tests.support.pdf_factory.images import flate_image, jpeg_image, raw_image

CAP_BYTES = 10**7
SETTINGS = Settings(deflate_level=10, cap_bytes=CAP_BYTES, may_turn_gray=True, may_use_jbig2=True)
SIZE = (320, 240)
SHADES = pictures.photo(*SIZE).convert("L")


@pytest.fixture
def pdf() -> Pdf:
    """Where the images of a test are."""
    return Pdf.new()


def indexed(pdf: Pdf, palette: bytes) -> Stream:
    """Shades of gray taken for indexes into this palette of RGB."""
    return raw_image(
        pdf, SHADES.tobytes(), *SIZE, Array([Name.Indexed, Name.DeviceRGB, len(palette) // 3 - 1, palette])
    )


def test_indexes_keep_their_order_where_that_packs_better(pdf: Pdf) -> None:
    palette = np.random.default_rng(1).integers(0, 256, 768, dtype=np.uint8).tobytes()
    image = indexed(pdf, palette)
    coded = repacked(image, read_image_facts(image, None, cap_bytes=CAP_BYTES), Repack(), SETTINGS)
    assert (coded.space, coded.bits) == (Space.SAME, 8)
    assert len(coded.data) < len(image.read_raw_bytes())


def test_a_palette_of_two_colours_needs_one_bit(pdf: Pdf) -> None:
    image = indexed(pdf, bytes([0, 0, 96] * 128 + [255, 255, 240] * 128))
    coded = repacked(image, read_image_facts(image, None, cap_bytes=CAP_BYTES), Repack(), SETTINGS)
    assert (coded.space, coded.bits, coded.colours) == (Space.PALETTE, 1, 2)


@pytest.mark.parametrize("make", [flate_image, jpeg_image])
def test_gray_hiding_in_rgb_becomes_a_gray_jpeg(make: Callable[[Pdf, Image.Image], Stream], pdf: Pdf) -> None:
    image = make(pdf, Image.merge("RGB", [SHADES] * 3))
    facts = read_image_facts(image, (80.0, 60.0), cap_bytes=CAP_BYTES)
    coded = recoded(image, facts, Recode(160, 120, 75), SETTINGS)
    assert (coded.space, coded.filter, coded.width_px) == (Space.DEVICE_GRAY, "/DCTDecode", 160)


def test_fewer_samples_than_the_dictionary_says_are_an_error(pdf: Pdf) -> None:
    image = raw_image(pdf, SHADES.tobytes()[:-1], *SIZE, Name.DeviceGray)
    with pytest.raises(UndecodableImageError):
        repacked(image, read_image_facts(image, None, cap_bytes=CAP_BYTES), Repack(keeps_samples=True), SETTINGS)
