"""What clients may send as compression settings, and what they are told when it is something else."""

import pytest

from bulkpress_core.domain.compression import CompressionLevel, CompressionSettings
from bulkpress_core.domain.errors import InvalidSettingError


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({}, CompressionSettings(CompressionLevel.MEDIUM, None)),
        ({"compression_level": "low"}, CompressionSettings(CompressionLevel.LOW)),
        ({"compression_level": "high", "image_quality": 85}, CompressionSettings(CompressionLevel.HIGH, 85)),
        ({"image_quality": "1"}, CompressionSettings(image_quality=1)),  # text, as HTML forms send numbers
        ({"image_quality": "100"}, CompressionSettings(image_quality=100)),
        ({"compression_level": "", "image_quality": ""}, CompressionSettings()),  # a form's empty fields
        ({"compression_level": None, "image_quality": None}, CompressionSettings()),
    ],
)
def test_settings_are_read_as_sent(raw: dict[str, object], expected: CompressionSettings) -> None:
    assert CompressionSettings.parse(raw) == expected


@pytest.mark.parametrize("level", ["extreme", "MEDIUM", " low", 5, ["low"], True])
def test_an_unknown_level_is_told_with_the_known_ones(level: object) -> None:
    with pytest.raises(InvalidSettingError, match="send one of low, medium, high"):
        CompressionSettings.parse({"compression_level": level})


@pytest.mark.parametrize(
    "quality", [0, 101, -1, 50.5, "50.5", "eighty", "1e2", " 5", "\u0665", True, [5], "0005", 10**400]
)
def test_a_quality_out_of_range_is_told_with_the_range(quality: object) -> None:
    with pytest.raises(InvalidSettingError, match="send a whole number from 1 to 100"):
        CompressionSettings.parse({"image_quality": quality})


def test_an_unknown_setting_is_named() -> None:
    with pytest.raises(InvalidSettingError, match="unknown setting 'dpi'"):
        CompressionSettings.parse({"compression_level": "low", "dpi": 150})


def test_what_is_refused_is_quoted_at_bounded_length() -> None:
    with pytest.raises(InvalidSettingError) as refused:
        CompressionSettings.parse({"compression_level": "x" * 10_000})
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("level", CompressionLevel)
@pytest.mark.parametrize("quality", [None, 1, 100])
def test_settings_told_to_a_client_are_read_back_the_same(level: CompressionLevel, quality: int | None) -> None:
    settings = CompressionSettings(level, quality)
    assert CompressionSettings.parse(settings.as_dict()) == settings
