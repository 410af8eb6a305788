"""What an audit says of a file: its bytes to the last one, and about what each level would make of it."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pikepdf import Name, Pdf, Stream

from bulkpress_engine.audit.analyze import analyze
from bulkpress_engine.audit.bands import ENOUGH_PIXELS, bands_of
from bulkpress_engine.audit.found import Audit
from bulkpress_engine.audit.sample import MOST, chosen
from bulkpress_engine.errors import EncryptedPdfError, EngineError, SignedPdfError
from bulkpress_engine.images.facts import ImageFacts
from bulkpress_engine.inspection import inspect
from bulkpress_engine.kinds import Kind
from bulkpress_engine.options import DEFAULT_LIMITS, Level, PressOptions, SignedPolicy
from bulkpress_engine.press import press
from bulkpress_engine.report import Reason
from tests.support.pdf_factory import EVERY_MAKER, features, images, pages, placements, protection, signing


def audited(document: bytes, folder: Path, options: PressOptions = PressOptions()) -> Audit:  # noqa: B008  (frozen)
    """The audit of a document; nothing else is left in the folder."""
    (folder / "source.pdf").write_bytes(document)
    try:
        return analyze(folder / "source.pdf", folder / "draft.pdf", options)
    finally:
        assert [path.name for path in folder.iterdir()] == ["source.pdf"]


@pytest.mark.parametrize("make", EVERY_MAKER.values(), ids=EVERY_MAKER.keys())
def test_bytes_add_up_and_every_level_is_estimated(make: Callable[[], bytes], tmp_path: Path) -> None:
    document = make()
    audit = audited(document, tmp_path)
    assert sum(audit.composition.values()) == audit.bytes_in == len(document)
    assert list(audit.estimates) == [level.value for level in Level]
    assert all(0 < size <= len(document) for size in audit.estimates.values())
    assert Audit.from_dict(audit.as_dict()) == audit


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize(
    "make",
    [
        images.photo_jpeg,
        images.photo_flate,
        images.colour_scan,
        images.bilevel_scan_flate,
        placements.in_nested_forms,
        placements.same_image_twice,
        features.private_data,
        features.unreferenced_objects,
        pages.many_pages,
    ],
)
def test_an_estimate_is_near_what_a_press_comes_to(make: Callable[[], bytes], level: Level, tmp_path: Path) -> None:
    document = make()
    expected = audited(document, tmp_path).estimates[level]
    report = press(tmp_path / "source.pdf", tmp_path / "target.pdf", PressOptions(level))
    assert abs(expected - report.bytes_out) <= 0.1 * len(document)


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize(
    ("make", "options"),
    [
        (images.photo_jpeg, PressOptions(grayscale=True)),
        (images.colour_scan, PressOptions(grayscale=True)),
        (pages.many_pages, PressOptions(grayscale=True)),
        (images.photo_jpeg, PressOptions(strip_metadata=True)),
        (images.photo_flate, PressOptions(max_image_dpi=72)),
        (images.photo_jpeg, PressOptions(image_quality=30)),
        (images.photo_jpeg, PressOptions(linearize=True)),
    ],
)
def test_options_are_estimated_as_well(
    make: Callable[[], bytes], options: PressOptions, level: Level, tmp_path: Path
) -> None:
    document = make()
    expected = audited(document, tmp_path, options).estimates[level]
    report = press(tmp_path / "source.pdf", tmp_path / "target.pdf", replace(options, level=level))
    assert abs(expected - report.bytes_out) <= 0.1 * len(document)


def test_of_many_like_images_a_few_are_tried(tmp_path: Path) -> None:
    pdf = Pdf.new()
    for seed in range(30):
        with Pdf.open(BytesIO(images.photo_jpeg(320 + seed, 240))) as one:
            pdf.pages.extend(one.pages)
    file = BytesIO()
    pdf.save(file)
    audit = audited(file.getvalue(), tmp_path)
    report = press(tmp_path / "source.pdf", tmp_path / "target.pdf", PressOptions(Level.MEDIUM))
    assert abs(audit.estimates[Level.MEDIUM] - report.bytes_out) <= 0.1 * report.bytes_in


def test_private_data_that_goes_says_nothing_of_metadata_that_stays(tmp_path: Path) -> None:
    with Pdf.open(BytesIO(features.private_data())) as pdf:
        noise = "".join(f"{number * 7919 % 100_003:x}" for number in range(4_000))
        pdf.Root.Metadata = pdf.make_stream(f"<x>{noise}</x>".encode(), Type=Name.Metadata, Subtype=Name.XML)
        file = BytesIO()
        pdf.save(file)
    expected = audited(file.getvalue(), tmp_path).estimates[Level.LOW]
    report = press(tmp_path / "source.pdf", tmp_path / "target.pdf", PressOptions(Level.LOW))
    assert abs(expected - report.bytes_out) <= 0.1 * report.bytes_in


def test_what_a_press_would_keep_is_estimated_at_its_own_size(tmp_path: Path) -> None:
    document = signing.signed()
    audit = audited(document, tmp_path)
    assert audit.kept is Reason.SIGNED
    assert set(audit.estimates.values()) == {len(document)}
    assert Audit.from_dict(audit.as_dict()) == audit


@pytest.mark.parametrize(
    ("document", "options", "error"),
    [
        (protection.encrypted(), PressOptions(), EncryptedPdfError),
        (b"Dear Sir or Madam", PressOptions(), EngineError),
        (b"%PDF-1.4\n", PressOptions(), EngineError),
        (signing.signed(), PressOptions(on_signed=SignedPolicy.REFUSE), SignedPdfError),
    ],
)
def test_what_a_press_would_refuse_is_refused(
    document: bytes, options: PressOptions, error: type[EngineError], tmp_path: Path
) -> None:
    with pytest.raises(error):
        audited(document, tmp_path, options)


def test_a_password_opens_for_an_audit_too(tmp_path: Path) -> None:
    audit = audited(protection.encrypted(), tmp_path, PressOptions(password=protection.USER_PASSWORD))
    assert audit.pages >= 1


def test_a_sample_has_each_large_stream_some_small_ones_and_some_of_each_kind() -> None:
    large = {(number, 0): (Kind.JPEG, 1_000_000) for number in range(1, 4)}
    small = {(number, 0): (Kind.JPEG, 10_000) for number in range(4, 204)}
    other = {(204, 0): (Kind.FONTS, 5), (205, 0): (Kind.CONTENT, 0)}
    keys = chosen({**small, **large, **other})
    assert keys >= large.keys() | {(204, 0)}
    assert len(keys & small.keys()) >= 2
    assert len(keys) <= MOST + 2


def image_and_facts(pdf: Pdf) -> tuple[Stream, ImageFacts]:
    """The image of a document that has one, and its facts."""
    (key, facts), *_ = inspect(pdf, DEFAULT_LIMITS).images.items()
    image = pdf.get_object(key)
    assert isinstance(image, Stream)
    return image, facts


@pytest.mark.parametrize("make", [images.photo_jpeg, images.photo_flate])
def test_bands_of_a_large_image_cost_what_they_did_in_it(make: Callable[..., bytes]) -> None:
    pdf = Pdf.open(BytesIO(make(2400, 1800)))
    image, facts = image_and_facts(pdf)
    bands = bands_of(image, facts, DEFAULT_LIMITS.stream_bytes)
    assert bands is not None
    assert bands.facts.pixels < 1.5 * ENOUGH_PIXELS
    assert (bands.facts.width_px, bands.facts.dpi, bands.facts.coding) == (facts.width_px, facts.dpi, facts.coding)
    share = bands.facts.height_px / facts.height_px
    assert bands.bytes_before == pytest.approx(share * facts.stored_bytes, rel=0.25)
    bands.put_into(image)
    assert int(image.Height) == bands.facts.height_px
    assert image.get(Name.DecodeParms) is None


def test_a_small_image_is_tried_whole() -> None:
    pdf = Pdf.open(BytesIO(images.photo_jpeg(640, 480)))
    image, facts = image_and_facts(pdf)
    assert bands_of(image, facts, DEFAULT_LIMITS.stream_bytes) is None


def test_damaged_data_is_tried_whole() -> None:
    pdf = Pdf.open(BytesIO(images.photo_flate(2400, 1800)))
    image, facts = image_and_facts(pdf)
    image.write(image.read_raw_bytes()[:500], filter=Name.FlateDecode)
    assert bands_of(image, facts, DEFAULT_LIMITS.stream_bytes) is None
