"""Pictures in bands, and predictors over bytes of any meaning: memory is saved, and no byte changed."""

from itertools import pairwise

import numpy as np
import pytest
from pikepdf import Dictionary, Name, Pdf, Stream
from PIL import Image

from bulkpress_engine.filters import deflated
from bulkpress_engine.images import pictures as banded
from bulkpress_engine.images.codecs import predictors
from bulkpress_engine.images.codecs.flate import encode_samples
from bulkpress_engine.images.codecs.predictors import best_predictor, predicted, stored_rows
from bulkpress_engine.images.coded import Coded
from bulkpress_engine.images.colour import Colour, Model
from bulkpress_engine.images.errors import UndecodableImageError
from bulkpress_engine.images.pictures import Loaded, Stored, bands, few_colours, is_gray, resized
from tests.support.pdf_factory import pictures

PHOTO = pictures.photo(301, 211)
RGB = Colour(Model.RGB)
KINDS = (predictors.SUB, predictors.UP, predictors.AVERAGE, predictors.PAETH, predictors.EACH_ROW_ITS_OWN)


@pytest.fixture(autouse=True)
def small_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bands of a few rows, so that even these pictures have many."""
    monkeypatch.setattr(banded, "BAND_BYTES", 301 * 4 * 5)
    monkeypatch.setattr(predictors, "BAND_BYTES", 2000)


def stored(image: Image.Image) -> Stored:
    """The picture as samples of eight bits."""
    return Stored(image.tobytes(), image.size, 8, RGB)


def read_by_qpdf(coded: Coded) -> bytes:
    """The samples as another implementation of Flate and its predictors sees them."""
    with Pdf.new() as pdf:
        stream = Stream(pdf, coded.data)
        stream[Name.Filter] = Name(coded.filter)
        if coded.parms:
            stream[Name.DecodeParms] = Dictionary(dict(coded.parms))
        return stream.read_bytes()


def test_bands_follow_each_other_and_leave_no_row_out() -> None:
    cuts = list(bands(Loaded(PHOTO)))
    assert len(cuts) > 10
    assert (cuts[0][0], cuts[-1][1]) == (0, 211)
    assert all(one[1] == other[0] for one, other in pairwise(cuts))


@pytest.mark.parametrize("size", [(301, 211), (150, 105), (37, 200), (301, 1), (1, 1), (300, 210)])
def test_resampling_by_bands_gives_what_resampling_at_once_does(size: tuple[int, int]) -> None:
    at_once = np.asarray(PHOTO.resize(size, Image.Resampling.LANCZOS)).astype(np.int16)
    by_bands = np.asarray(resized(stored(PHOTO), size)).astype(np.int16)
    apart = np.abs(at_once - by_bands)
    assert apart.max() <= 2  # Pillow rounds between rows and columns, and which come first depends on the shape
    assert apart.mean() < 0.2


def test_a_stored_picture_has_the_pixels_of_a_loaded_one() -> None:
    one, other = stored(PHOTO), Loaded(PHOTO)
    assert (one.size, one.mode) == (other.size, other.mode)
    assert one.band(17, 23).tobytes() == other.band(17, 23).tobytes()


@pytest.mark.parametrize("size", [(301, 212), (302, 211), (0, 5)])
def test_a_picture_with_too_few_samples_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(UndecodableImageError):
        Stored(PHOTO.tobytes(), size, 8, RGB)


def test_colours_are_counted_across_bands() -> None:
    stripes = Image.fromarray(np.repeat(np.arange(200, dtype=np.uint8)[:, None], 301, axis=1))
    assert few_colours(Loaded(stripes), 200) == [(level,) for level in range(200)]
    assert few_colours(Loaded(stripes), 199) is None


def test_one_pixel_of_colour_makes_a_picture_not_gray() -> None:
    image = PHOTO.convert("L").convert("RGB")
    assert is_gray(stored(image))
    image.putpixel((300, 210), (10, 10, 11))
    assert not is_gray(stored(image))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("components", "bits"), [(1, 1), (1, 4), (1, 8), (3, 8), (4, 8), (5, 8), (1, 16), (3, 16)])
def test_every_predictor_is_undone_by_another_implementation(kind: int, components: int, bits: int) -> None:
    width_px, height_px = 61, 47
    samples = PHOTO.tobytes()[: (width_px * components * bits + 7) // 8 * height_px]
    data = predicted(stored_rows(samples, width_px, height_px, components, bits), kind)
    parms = {"/Predictor": 15, "/Colors": components, "/BitsPerComponent": bits, "/Columns": width_px}
    assert read_by_qpdf(Coded(deflated(data, 6), width_px, height_px, bits, "/FlateDecode", parms)) == samples


@pytest.mark.parametrize(("components", "bits"), [(1, 1), (1, 8), (3, 8), (5, 8), (3, 16)])
def test_samples_of_any_meaning_stay_what_they_are(components: int, bits: int) -> None:
    length = (61 * components * bits + 7) // 8 * 47
    coded = encode_samples(PHOTO.tobytes()[:length], (61, 47), components, bits, 10)
    assert coded.is_exact
    assert read_by_qpdf(coded) == PHOTO.tobytes()[:length]


def test_a_predictor_is_used_where_it_helps_and_only_there() -> None:
    noise = np.random.default_rng(1).integers(0, 256, 301 * 211, dtype=np.uint8).tobytes()
    assert best_predictor(stored_rows(PHOTO.tobytes(), 301, 211, 3, 8)) is not None
    assert best_predictor(stored_rows(noise, 301, 211, 1, 8)) is None
