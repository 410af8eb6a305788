"""What holds of every document: never larger, always the same, no page lost, every image within what was asked."""

import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pikepdf import Name, Pdf
from PIL import Image

from bulkpress_engine.inspection.content import UnreadableContentError, operations
from bulkpress_engine.options import Level, PressOptions
from bulkpress_engine.press import press
from tests.support.pdf_factory import pictures
from tests.support.pdf_factory.images import flate_image, jpeg_image
from tests.support.pdf_factory.pages import add_page, drawn, saved, text_content

PHOTO = pictures.photo(400, 300)
X, Y = np.meshgrid(np.arange(400), np.arange(300))
SHOWN = {
    "photo": PHOTO,
    "printed": pictures.printed_text(400, 300, font_px=16).convert("RGB"),
    "grain": Image.fromarray(np.random.default_rng(1).integers(90, 160, (300, 400, 3), dtype=np.uint8)),
    # More colours than a palette holds, and almost nothing once rows are predicted from each other.
    "curves": Image.fromarray(np.stack([(X * X // 64 + Y), X + Y * Y // 64, X * Y // 64], axis=2).astype(np.uint8)),
    "steps": Image.fromarray(np.stack([X // 40 * 17, Y // 30 * 16, (X // 25 + Y // 25) * 5], axis=2).astype(np.uint8)),
}
MODES = some.sampled_from(["L", "RGB", "CMYK"])
PICTURES = some.tuples(some.integers(1, 400), some.integers(1, 300), MODES, some.booleans(), some.floats(5, 500))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    drawings=some.lists(PICTURES, min_size=1, max_size=3),
    level=some.sampled_from(list(Level)),
    quality=some.none() | some.integers(1, 100),
)
def test_pressing_never_enlarges_is_repeatable_and_keeps_every_page(
    drawings: list[tuple[int, int, str, bool, float]], level: Level, quality: int | None
) -> None:
    pdf = Pdf.new()
    for width_px, height_px, mode, as_jpeg, width_pt in drawings:
        picture = PHOTO.crop((0, 0, width_px, height_px)).convert(mode)
        made = jpeg_image(pdf, picture) if as_jpeg else flate_image(pdf, picture)
        content = text_content(1) + drawn("Im0", x_pt=20, y_pt=20, width_pt=width_pt, height_pt=width_pt)
        add_page(pdf, content, xobjects={"Im0": made})
    with tempfile.TemporaryDirectory() as folder:
        source, target, again = (Path(folder, name) for name in ("source.pdf", "target.pdf", "again.pdf"))
        source.write_bytes(saved(pdf))
        report = press(source, target, PressOptions(level, quality))
        press(source, again, PressOptions(level, quality))
        assert target.stat().st_size == report.bytes_out <= report.bytes_in
        assert target.read_bytes() == again.read_bytes()
        with Pdf.open(target) as pressed:
            assert len(pressed.pages) == len(drawings)
            for page, (width_px, height_px, _, _, _) in zip(pressed.pages, drawings, strict=True):
                pressed_image = page.obj.Resources.XObject[Name.Im0]
                assert 1 <= int(pressed_image.Width) <= width_px
                assert 1 <= int(pressed_image.Height) <= height_px


LEVELS_DRAWN = some.tuples(
    some.sampled_from(sorted(SHOWN)),
    some.integers(8, 400),
    MODES,
    some.booleans(),
    some.floats(20, 500),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawings=some.lists(LEVELS_DRAWN, min_size=1, max_size=3))
def test_no_level_comes_out_larger_than_one_that_keeps_more(
    drawings: list[tuple[str, int, str, bool, float]],
) -> None:
    pdf = Pdf.new()
    for kind, side_px, mode, as_jpeg, width_pt in drawings:
        picture = SHOWN[kind].crop((0, 0, side_px, side_px * 3 // 4)).convert(mode)
        made = jpeg_image(pdf, picture) if as_jpeg else flate_image(pdf, picture)
        content = text_content(1) + drawn("Im0", x_pt=20, y_pt=20, width_pt=width_pt, height_pt=width_pt * 3 / 4)
        add_page(pdf, content, xobjects={"Im0": made})
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source.pdf"), Path(folder, "target.pdf")
        source.write_bytes(saved(pdf))
        low, medium, high = (press(source, target, PressOptions(level)).bytes_out for level in Level)
        assert low >= medium >= high


@settings(max_examples=300, deadline=None)
@given(content=some.binary(max_size=400))
def test_any_bytes_can_be_read_as_content(content: bytes) -> None:
    with suppress(UnreadableContentError):
        assert sum(1 for _ in operations(content)) <= len(content)
