"""What holds of all colours turned gray: no content keeps one, and the luma of a JPEG is the one it had."""

import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some
from pikepdf import Pdf
from PIL import Image

from bulkpress_engine.content.tokens import tokens
from bulkpress_engine.grayscale.colours import Grays
from bulkpress_engine.grayscale.content import grayed, has_colour
from bulkpress_engine.images.codecs.jpeg_luma import luma_of_jpeg
from tests.support.pdf_factory import pictures

PHOTO = pictures.photo(160, 120)
AMOUNT = some.floats(0, 1).map(lambda amount: f"{amount:.4f}")
SETTERS = some.sampled_from([("g", 1), ("G", 1), ("rg", 3), ("RG", 3), ("k", 4), ("K", 4)])
OPERATIONS = some.one_of(
    some.sampled_from(["q", "Q", "0 0 9 9 re f", "/DeviceGray cs .5 sc", "(1 0 0 rg) Tj"]),
    some.just("/DeviceRGB cs .1 .2 .3 sc"),
    some.tuples(some.lists(AMOUNT, min_size=4, max_size=4), SETTERS).map(
        lambda made: " ".join([*made[0][: made[1][1]], made[1][0]])
    ),
)


@settings(max_examples=60, deadline=None)
@given(some.lists(AMOUNT, min_size=3, max_size=3), some.lists(OPERATIONS, max_size=9))
def test_content_in_gray_has_no_colour_and_paints_what_it_did(colour: list[str], operations: list[str]) -> None:
    content = "\n".join([*operations, " ".join([*colour, "rg"]), "0 0 5 5 re f"]).encode()
    with Pdf.new() as pdf:
        gray = grayed(content, {}, Grays(pdf))
        assert gray is not None
        assert not has_colour(gray, {}, Grays(pdf))

    def painted(data: bytes) -> list[bytes]:
        return [
            spelt for kind, spelt in tokens(data) if kind == "operator" and spelt in {b"re", b"f", b"Tj", b"q", b"Q"}
        ]

    assert painted(gray) == painted(content)


@settings(max_examples=25, deadline=None)
@given(
    some.integers(1, 160), some.integers(1, 120), some.integers(20, 100), some.sampled_from([0, 1, 2]), some.booleans()
)
def test_the_luma_of_any_jpeg_is_the_one_it_had(
    width_px: int, height_px: int, quality: int, subsampling: int, is_progressive: bool
) -> None:
    buffer = io.BytesIO()
    PHOTO.crop((0, 0, width_px, height_px)).save(
        buffer, "JPEG", quality=quality, subsampling=subsampling, progressive=is_progressive
    )
    plain = luma_of_jpeg(buffer.getvalue())
    assert plain is not None
    with Image.open(buffer) as colour, Image.open(io.BytesIO(plain)) as gray:
        colour.draft("L", colour.size)
        assert np.array_equal(np.asarray(gray), np.asarray(colour))
