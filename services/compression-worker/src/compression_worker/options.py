"""From what a user asked to what the engine is told: the one place where the two vocabularies meet."""

from bulkpress_core.domain.compression import CompressionSettings
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.settings import Settings
from bulkpress_engine import Level, Limits, PressOptions


def press_options(settings: CompressionSettings) -> PressOptions:
    """The engine's options for a job's settings."""
    return PressOptions(level=Level(settings.level.value), image_quality=settings.image_quality)


def press_limits(settings: Settings, lane: Lane) -> Limits:
    """What one press in that lane may cost in this installation."""
    limits = settings.limits_of(lane)
    return Limits(
        seconds=limits.press_s,
        cpu_seconds=max(1, round(limits.press_s)),
        memory_bytes=limits.memory_bytes,
        output_bytes=2 * settings.bulkpress_max_file_bytes,  # temporary files of the engine included
    )
