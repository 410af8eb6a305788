"""What clients may ask of a job as a whole."""

from datetime import timedelta

import pytest

from bulkpress_core.domain.compression import CompressionLevel
from bulkpress_core.domain.errors import InvalidSettingError, WebhooksNotSentError
from bulkpress_core.domain.options import JobOptions

WEEK = timedelta(days=7)


def test_options_are_read_as_sent() -> None:
    sent = {
        "compression_level": "low",
        "keep_names": "false",
        "webhook_url": "https://example.com/hook?x=1",
        "expires_in": "3600",
    }
    options = JobOptions.parse(sent, longest=WEEK, seal=str.upper)
    assert options.settings.level is CompressionLevel.LOW
    assert (options.keep_names, options.webhook_url) == (False, "https://example.com/hook?x=1")
    assert options.expires_in == timedelta(hours=1)
    assert JobOptions.parse({"expires_in": "", "webhook_url": None}, longest=WEEK) == JobOptions()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "example.com/hook",
        "https://",
        "http://[::1",
        "https://example.com/a b",
        "https://ex\u00e4mple.com/",
        "https://example.com/\n",
        "https://example.com/" + "x" * 2048,
        "javascript:alert(1)",
        5,
    ],
)
def test_a_webhook_url_that_is_none_is_refused(url: object) -> None:
    with pytest.raises(InvalidSettingError, match="webhook_url is"):
        JobOptions.parse({"webhook_url": url}, longest=WEEK, seal=str.upper)


@pytest.mark.parametrize("seconds", [59, 604_801, "1h", -60, True, 61.5])
def test_a_time_to_keep_a_job_out_of_bounds_is_told_with_the_bounds(seconds: object) -> None:
    with pytest.raises(InvalidSettingError, match="from 60 to 604800"):
        JobOptions.parse({"expires_in": seconds}, longest=WEEK)


def test_an_unknown_option_is_named_with_the_known_ones() -> None:
    with pytest.raises(InvalidSettingError, match=r"unknown setting 'dpi'.*expires_in.*webhook_url"):
        JobOptions.parse({"dpi": 5}, longest=WEEK)


def test_without_a_secret_to_sign_with_no_webhook_is_promised() -> None:
    with pytest.raises(WebhooksNotSentError, match="BULKPRESS_SECRET_KEY"):
        JobOptions.parse({"webhook_url": "https://example.com/"}, longest=WEEK)
