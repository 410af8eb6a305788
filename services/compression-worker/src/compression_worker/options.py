"""From what a user asked to what the engine is told: the one place where the two vocabularies meet."""

from collections.abc import Callable

from bulkpress_core.domain.compression import CompressionSettings
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.settings import Settings
from bulkpress_engine import Level, Limits, PdfaPolicy, PressOptions, SignedPolicy

Unseal = Callable[[str], str]


def press_options(settings: CompressionSettings, unseal: Unseal) -> PressOptions:
    """The engine's options for a file's settings. Raises SealBrokenError."""
    return PressOptions(
        level=Level(settings.level.value),
        image_quality=settings.image_quality,
        max_image_dpi=settings.max_image_dpi,
        target_bytes=settings.target_size,
        linearize=settings.linearize,
        grayscale=settings.grayscale,
        strip_metadata=settings.strip_metadata,
        on_signed=SignedPolicy(settings.on_signed.value),
        pdfa=PdfaPolicy(settings.pdfa.value),
        password=unseal(settings.sealed_password) if settings.sealed_password else "",
    )


def fetch_limit_s(settings: Settings, lane: Lane) -> float:
    """Seconds in which a file must have come from elsewhere: as many again are left of the lane's limit to press it."""
    return min(settings.bulkpress_fetch_limit_s, settings.limits_of(lane).soft_s / 2)


def press_limits(settings: Settings, lane: Lane) -> Limits:
    """What one press in that lane may cost in this installation."""
    limits = settings.limits_of(lane)
    return Limits(
        seconds=limits.press_s,
        cpu_seconds=max(1, round(limits.press_s)),
        memory_bytes=limits.memory_bytes,
        output_bytes=2 * settings.bulkpress_max_file_bytes,  # temporary files of the engine included
    )
