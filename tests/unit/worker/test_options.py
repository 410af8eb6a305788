"""What a user asked, as the engine understands it."""

import pytest

from bulkpress_core.domain.compression import CompressionLevel, CompressionSettings, Policy
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.settings import Settings
from bulkpress_engine import Level, PdfaPolicy, PressOptions, SignedPolicy
from compression_worker.deps import no_unsealing
from compression_worker.options import press_limits, press_options


@pytest.mark.parametrize("level", list(CompressionLevel))
def test_every_level_that_can_be_asked_for_is_one_the_engine_knows(level: CompressionLevel) -> None:
    options = press_options(CompressionSettings(level, image_quality=80), no_unsealing)
    assert (options.level, options.image_quality) == (Level(level.value), 80)


def test_a_press_ends_by_its_own_limit_before_celery_ends_the_worker() -> None:
    settings = Settings()
    limits = press_limits(settings, Lane.COMPRESSION)
    assert limits.seconds < settings.bulkpress_soft_time_limit_s
    assert limits.memory_bytes == settings.bulkpress_memory_limit_bytes


def test_everything_that_was_asked_reaches_the_engine() -> None:
    asked = {
        "compression_level": "high",
        "max_image_dpi": 120,
        "target_size": "2MB",
        "linearize": True,
        "grayscale": True,
        "strip_metadata": True,
        "on_signed": "compress",
        "pdfa": "compress",
        "password": "secret",
    }
    options = press_options(
        CompressionSettings.parse(asked, seal=lambda text: text[::-1]), unseal=lambda text: text[::-1]
    )
    assert options == PressOptions(
        level=Level.HIGH,
        max_image_dpi=120,
        target_bytes=2_000_000,
        linearize=True,
        grayscale=True,
        strip_metadata=True,
        on_signed=SignedPolicy.COMPRESS,
        pdfa=PdfaPolicy.COMPRESS,
        password="secret",
    )


@pytest.mark.parametrize("policy", list(Policy))
def test_every_policy_is_one_the_engine_knows(policy: Policy) -> None:
    options = press_options(CompressionSettings(on_signed=policy, pdfa=policy), no_unsealing)
    assert (options.on_signed.value, options.pdfa.value) == (policy.value, policy.value)
