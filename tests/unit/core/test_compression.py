"""What clients may send as compression settings, and what they are told when it is something else."""

import json

import pytest

from bulkpress_core.domain.compression import CompressionLevel, CompressionSettings, Policy, asked_of
from bulkpress_core.domain.errors import InvalidSettingError, PasswordsNotTakenError


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


EVERYTHING: dict[str, object] = {
    "compression_level": "high",
    "max_image_dpi": "120",
    "target_size": "1.5MB",
    "grayscale": "true",
    "linearize": "on",
    "strip_metadata": True,
    "on_signed": "compress",
    "pdfa": "refuse",
    "password": "secret",
}


def test_every_setting_is_read_as_a_form_sends_it() -> None:
    settings = CompressionSettings.parse(EVERYTHING, seal=str.upper)
    assert settings == CompressionSettings(
        CompressionLevel.HIGH,
        max_image_dpi=120,
        target_size=1_500_000,
        grayscale=True,
        linearize=True,
        strip_metadata=True,
        on_signed=Policy.COMPRESS,
        pdfa=Policy.REFUSE,
        sealed_password="SECRET",
    )


def test_what_is_kept_of_settings_is_what_differs_and_gives_the_same_settings() -> None:
    settings = CompressionSettings.parse(EVERYTHING, seal=str.upper)
    assert settings.asked().keys() == EVERYTHING.keys()
    assert CompressionSettings.restored(json.loads(json.dumps(settings.asked()))) == settings
    assert CompressionSettings().asked() == {}


def test_a_client_is_told_whether_there_is_a_password_and_not_which() -> None:
    told = CompressionSettings.parse(EVERYTHING, seal=str.upper).as_dict()
    assert told["password"] is True
    assert "SECRET" not in str(told)
    assert CompressionSettings().as_dict()["password"] is False


def test_without_something_to_seal_with_no_password_is_taken() -> None:
    with pytest.raises(PasswordsNotTakenError, match="BULKPRESS_SECRET_KEY"):
        CompressionSettings.parse({"password": "secret"})


@pytest.mark.parametrize("password", [5, True, ["a"], "x" * 128, "\u00fc" * 64])
def test_a_password_that_no_reader_would_take_is_refused(password: object) -> None:
    with pytest.raises(InvalidSettingError, match="at most 127 bytes"):
        CompressionSettings.parse({"password": password}, seal=str.upper)


@pytest.mark.parametrize(
    ("sent", "size_bytes"),
    [
        (1, 1),
        ("12345", 12345),
        ("10MB", 10_000_000),
        ("10 mb", 10_000_000),
        ("1.5MiB", 1_572_864),
        ("1.25k", 1250),
        ("2.125GiB", 2_281_701_376),
        ("100b", 100),
    ],
)
def test_a_target_size_is_a_number_or_a_size(sent: object, size_bytes: int) -> None:
    assert CompressionSettings.parse({"target_size": sent}).target_size == size_bytes


@pytest.mark.parametrize(
    "sent", [0, "0MB", "0.25k", "010", "-1", "ten", "10TB", "1e6", 1.5e-9, True, "1.2345M", "9" * 13, "\u0661MB"]
)
def test_a_target_size_that_is_none_is_refused(sent: object) -> None:
    with pytest.raises(InvalidSettingError, match="target_size is"):
        CompressionSettings.parse({"target_size": sent})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_image_dpi", 35),
        ("max_image_dpi", 2401),
        ("grayscale", "perhaps"),
        ("grayscale", 1),
        ("linearize", []),
        ("on_signed", "ignore"),
        ("pdfa", True),
    ],
)
def test_a_value_that_a_setting_does_not_take_is_told_by_its_name(name: str, value: object) -> None:
    with pytest.raises(InvalidSettingError, match=f"^{name} is "):
        CompressionSettings.parse({name: value})


def test_settings_that_contradict_each_other_are_both_named() -> None:
    with pytest.raises(InvalidSettingError, match="target_size and image_quality contradict"):
        CompressionSettings.parse({"target_size": "1MB", "image_quality": 50})


@pytest.mark.parametrize(
    ("of_job", "own", "expected"),
    [
        ({"compression_level": "low"}, {"grayscale": True}, {"compression_level": "low", "grayscale": True}),
        ({"compression_level": "low"}, {"compression_level": "high"}, {"compression_level": "high"}),
        ({"grayscale": True}, {"grayscale": False}, {}),
        ({"target_size": 1000}, {"image_quality": 50}, {"image_quality": 50}),
        ({"image_quality": 50, "linearize": True}, {"target_size": 1000}, {"linearize": True, "target_size": 1000}),
    ],
)
def test_a_files_own_settings_go_before_those_of_its_job(
    of_job: dict[str, object], own: dict[str, object], expected: dict[str, object]
) -> None:
    merged = CompressionSettings.restored(of_job).with_own(asked_of(own))
    assert merged == CompressionSettings.restored(expected)
