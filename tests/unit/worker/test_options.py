"""What a user asked, as the engine understands it."""

import pytest

from bulkpress_core.domain.compression import CompressionLevel, CompressionSettings
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.settings import Settings
from bulkpress_engine import Level
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
