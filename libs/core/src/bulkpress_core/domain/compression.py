"""What a user may ask of compression: the settings of a job, checked once at the door."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bulkpress_core.domain.errors import InvalidSettingError


class CompressionLevel(StrEnum):
    """How far compression may go. The numbers behind each level are the engine's."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class CompressionSettings:
    """The settings of one job. `image_quality` is JPEG's 1..100; None leaves it to the level."""

    level: CompressionLevel = CompressionLevel.MEDIUM
    image_quality: int | None = None

    @classmethod
    def parse(cls, raw: Mapping[str, object]) -> "CompressionSettings":
        """Read `compression_level` and `image_quality` as sent by a client. Raises InvalidSettingError.

        Numbers may come as text, as HTML forms send them; an empty value counts as not sent.
        """
        given = {name: value for name, value in raw.items() if value not in (None, "")}
        if unknown := sorted(given.keys() - {"compression_level", "image_quality"}):
            raise InvalidSettingError(
                f"unknown setting {unknown[0]!r}: this version knows compression_level and image_quality"
            )
        return cls(_level(given.get("compression_level")), _quality(given.get("image_quality")))

    def as_dict(self) -> dict[str, str | int | None]:
        """The settings under the names of the API."""
        return {"compression_level": self.level.value, "image_quality": self.image_quality}


def _level(value: object) -> CompressionLevel:
    if value is None:
        return CompressionLevel.MEDIUM
    try:
        return CompressionLevel(str(value))
    except ValueError:
        known = ", ".join(CompressionLevel)
        raise InvalidSettingError(f"compression_level is {str(value)[:40]!r}: send one of {known}") from None


def _quality(value: object) -> int | None:
    if value is None:
        return None
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= 100):
        raise InvalidSettingError(f"image_quality is {text[:40]!r}: send a whole number from 1 to 100")
    return int(text)
