"""What holds of every document: never larger, always the same, no page lost, every image within what was asked."""

import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pikepdf import Name, Pdf

from bulkpress_engine.inspection.content import UnreadableContentError, operations
from bulkpress_engine.options import Level, PressOptions
from bulkpress_engine.press import press
from tests.support.pdf_factory import pictures
from tests.support.pdf_factory.images import flate_image, jpeg_image
from tests.support.pdf_factory.pages import add_page, drawn, saved, text_content

PHOTO = pictures.photo(400, 300)
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


@settings(max_examples=300, deadline=None)
@given(content=some.binary(max_size=400))
def test_any_bytes_can_be_read_as_content(content: bytes) -> None:
    with suppress(UnreadableContentError):
        assert sum(1 for _ in operations(content)) <= len(content)
