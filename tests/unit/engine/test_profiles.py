"""ICC profiles lose tables into them where nothing is converted into them; colours are the same to the last bit."""

import io
import struct
from collections.abc import Callable
from hashlib import md5
from pathlib import Path

import numpy as np
import pytest
from pikepdf import Array, Dictionary, Name, Object, Pdf
from PIL import Image, ImageCms

from bulkpress_engine.icc import UnreadableProfileError, as_source
from bulkpress_engine.options import Level, PressOptions
from bulkpress_engine.press import press
from tests.support.pdf_factory import pages
from tests.support.pdf_factory.profiles import printer_profile

INKS = Image.frombytes("CMYK", (64, 64), np.random.default_rng(1).bytes(4 * 64 * 64))


def converted(profile: bytes, intent: ImageCms.Intent, flags: ImageCms.Flags) -> bytes:
    """Any inks as sRGB."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), "CMYK", "RGB", intent, flags)
    image = ImageCms.applyTransform(INKS, transform)
    assert image is not None
    return image.tobytes()


@pytest.mark.parametrize("version", [2, 4])
@pytest.mark.parametrize("flags", [ImageCms.Flags.NONE, ImageCms.Flags.BLACKPOINTCOMPENSATION])
@pytest.mark.parametrize("intent", list(ImageCms.Intent))
def test_colours_are_the_same_by_every_intent(intent: ImageCms.Intent, flags: ImageCms.Flags, version: int) -> None:
    profile = printer_profile(version=version)
    smaller = as_source(profile)
    assert len(smaller) < 0.6 * len(profile)
    assert converted(smaller, intent, flags) == converted(profile, intent, flags)


def test_the_test_would_see_a_table_that_black_point_compensation_needs_go() -> None:
    profile = printer_profile()
    how = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    assert converted(profile.replace(b"B2A0", b"xxxx"), *how) != converted(profile, *how)


def test_all_tags_stay_and_the_profile_says_who_it_is() -> None:
    smaller = as_source(printer_profile(version=4, identified=True))
    (count,) = struct.unpack_from(">I", smaller, 128)
    names = [smaller[132 + 12 * number : 136 + 12 * number] for number in range(count)]
    assert names == [b"desc", b"cprt", b"wtpt", b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"gamt"]
    assert struct.unpack_from(">I", smaller) == (len(smaller),)
    unidentified = smaller[:84] + bytes(16) + smaller[100:]
    assert smaller[84:100] == md5(unidentified, usedforsecurity=False).digest()


def test_a_profile_with_nothing_to_lose_stays() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert as_source(profile) == profile


@pytest.mark.parametrize(
    "damaged",
    [b"", bytes(500), printer_profile()[:5000], printer_profile()[:128] + b"\xff" * 4000],
    ids=["empty", "none", "cut", "tags"],
)
def test_a_damaged_profile_is_told(damaged: bytes) -> None:
    with pytest.raises(UnreadableProfileError):
        as_source(damaged)


def space_of(pdf: Pdf) -> Object:
    return pdf.make_indirect(Array([Name.ICCBased, pdf.make_stream(printer_profile(), N=4)]))


def document(space_users: Callable[[Pdf, Object], None], path: Path) -> None:
    pdf = Pdf.new()
    page = pages.add_page(pdf, b"/CS0 cs 0.1 0.9 0.3 0.2 scn 50 50 300 300 re f")
    space = space_of(pdf)
    page.obj.Resources.ColorSpace = Dictionary(CS0=space)
    space_users(pdf, space)
    path.write_bytes(pages.saved(pdf))


def nobody_else(pdf: Pdf, space: Object) -> None:
    pass


def separation(pdf: Pdf, space: Object) -> None:
    tint = Dictionary(FunctionType=2, Domain=Array([0, 1]), C0=Array([0, 0, 0, 0]), C1=Array([1, 0, 0, 0]), N=1)
    pdf.pages[0].obj.Resources.ColorSpace.CS1 = Array([Name.Separation, Name.Spot, space, tint])


def group(pdf: Pdf, space: Object) -> None:
    pdf.pages[0].obj.Group = Dictionary(S=Name.Transparency, CS=space)


def default_space(pdf: Pdf, space: Object) -> None:
    pdf.pages[0].obj.Resources.ColorSpace.DefaultCMYK = space


def output_intent(pdf: Pdf, space: Object) -> None:
    intent = Dictionary(Type=Name.OutputIntent, S=Name.GTS_PDFX, OutputConditionIdentifier="x")
    intent.DestOutputProfile = space[1]
    pdf.Root.OutputIntents = Array([intent])


@pytest.mark.parametrize(
    ("users", "trimmed"),
    [(nobody_else, 1), (separation, 1), (group, 0), (default_space, 0), (output_intent, 0)],
)
def test_profiles_that_are_converted_into_stay_whole(
    users: Callable[[Pdf, Object], None], trimmed: int, tmp_path: Path
) -> None:
    source, target = tmp_path / "source.pdf", tmp_path / "target.pdf"
    document(users, source)
    report = press(source, target, PressOptions(Level.LOW))
    assert {one.name: one.objects_changed for one in report.passes}["trim_profiles"] == trimmed
    assert not report.fallbacks
    with Pdf.open(target) as pdf:
        profile = pdf.pages[0].obj.Resources.ColorSpace.CS0[1].read_bytes()
    assert profile == (as_source(printer_profile()) if trimmed else printer_profile())
