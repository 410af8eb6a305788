"""What a user may ask of compression, for a job and for single files of it: checked once, at the door."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, TypeVar

from bulkpress_core.domain.errors import InvalidSettingError, PasswordsNotTakenError

MIN_IMAGE_DPI, MAX_IMAGE_DPI = 36, 2400
MAX_PASSWORD_CHARS = 127  # in UTF-8 bytes, ISO 32000-2, 7.6.4.3.3; more than that no reader takes
SIZE = re.compile(r"([1-9][0-9]{0,11})(?:\.([0-9]{1,3}))? ?([kKmMgG][iI]?|)[bB]?")
UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "ki": 1024, "mi": 1024**2, "gi": 1024**3}
YES, NO = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})

Seal = Callable[[str], str]
_Word = TypeVar("_Word", bound=StrEnum)


class CompressionLevel(StrEnum):
    """How far compression may go. The numbers behind each level are the engine's."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Policy(StrEnum):
    """What to do with a document that has a property which compression may cost it."""

    KEEP = "keep"  # whatever would cost it the property is not done
    REFUSE = "refuse"  # the file fails, with a reason of its own
    COMPRESS = "compress"  # the user accepts the loss


@dataclass(frozen=True, slots=True)
class CompressionSettings:
    """The settings of a job or a file. `image_quality` is JPEG's 1..100; what is None is left to the level."""

    level: CompressionLevel = CompressionLevel.MEDIUM
    image_quality: int | None = None
    max_image_dpi: int | None = None  # pixels per inch
    target_size: int | None = None  # bytes
    grayscale: bool = False
    linearize: bool = False
    strip_metadata: bool = False
    on_signed: Policy = Policy.KEEP  # signatures become invalid (ISO 32000-2, 12.8)
    pdfa: Policy = Policy.KEEP  # the document may lose its PDF/A conformance (ISO 19005)
    sealed_password: str = ""  # what `seal` made of the password that opens the file

    @classmethod
    def parse(cls, raw: Mapping[str, object], seal: Seal | None = None) -> "CompressionSettings":
        """Read settings as sent by a client, under the names of the API. Raises InvalidSettingError.

        Numbers may come as text, as HTML forms send them; an empty value counts as not sent. A password is passed
        through `seal` at once; without it, raises PasswordsNotTakenError.
        """
        return cls.restored(asked_of(raw, seal))

    @classmethod
    def restored(cls, asked: Mapping[str, Any]) -> "CompressionSettings":
        """The settings that `asked_of` has read; what is not named has its default."""
        words: dict[str, type[StrEnum]] = {"level": CompressionLevel, "on_signed": Policy, "pdfa": Policy}
        named: dict[str, Any] = {FIELD_OF.get(name, name): value for name, value in asked.items()}
        typed: dict[str, Any] = {name: words[name](value) if name in words else value for name, value in named.items()}
        return cls(**typed)

    def asked(self) -> dict[str, Any]:
        """The inverse of `restored`: what differs from the defaults, JSON-ready, the sealed password among it."""
        different = (one for one in fields(self) if getattr(self, one.name) != one.default)
        return {NAME_OF.get(one.name, one.name): getattr(self, one.name) for one in different}

    def with_own(self, own: Mapping[str, Any]) -> "CompressionSettings":
        """These settings with a file's own instead, where it has some; of two that contradict each other, its own."""
        left_out = {one for pair in CONTRADICTIONS for one, other in (pair, pair[::-1]) if other in own}
        return self.restored({name: value for name, value in self.asked().items() if name not in left_out} | dict(own))

    def as_dict(self) -> dict[str, Any]:
        """All settings under the names of the API; of a password, only whether there is one."""
        told = {NAME_OF.get(one.name, one.name): getattr(self, one.name) for one in fields(self)}
        return told | {"password": bool(told["password"])}


def asked_of(raw: Mapping[str, object], seal: Seal | None = None) -> dict[str, Any]:
    """The settings sent by a client, read and checked, by their names. Raises InvalidSettingError."""
    given = {name: value for name, value in raw.items() if value not in (None, "")}
    if unknown := sorted(given.keys() - READERS.keys() - {"password"}):
        known = ", ".join([*READERS, "password"])
        raise InvalidSettingError(f"unknown setting {unknown[0][:40]!r}: this version knows {known}")
    for one, other in CONTRADICTIONS:
        if one in given and other in given:
            raise InvalidSettingError(f"{one} and {other} contradict each other: {one} decides that itself, send one")
    asked = {name: READERS[name](name, value) for name, value in given.items() if name in READERS}
    if "password" in given:
        asked["password"] = _sealed(given["password"], seal)
    return asked


def _sealed(password: object, seal: Seal | None) -> str:
    if not isinstance(password, str) or len(password.encode(errors="replace")) > MAX_PASSWORD_CHARS:
        raise InvalidSettingError(f"password must be text of at most {MAX_PASSWORD_CHARS} bytes")
    if seal is None:
        raise PasswordsNotTakenError
    return seal(password)


def _word(kind: type[_Word]) -> Callable[[str, object], _Word]:
    def read(name: str, value: object) -> _Word:
        try:
            return kind(str(value))
        except ValueError:
            raise InvalidSettingError(f"{name} is {str(value)[:40]!r}: send one of {', '.join(kind)}") from None

    return read


def _number(least: int, most: int) -> Callable[[str, object], int]:
    def read(name: str, value: object) -> int:
        text = "" if isinstance(value, bool) else str(value)
        in_digits = text.isascii() and text.isdigit() and len(text) <= len(str(most))
        if not (in_digits and least <= int(text) <= most):
            raise InvalidSettingError(f"{name} is {str(value)[:40]!r}: send a whole number from {least} to {most}")
        return int(text)

    return read


def read_flag(name: str, value: object) -> bool:
    """A setting that is on or off. Raises InvalidSettingError."""
    text = str(value).lower()
    if text not in YES | NO or not isinstance(value, bool | str):
        raise InvalidSettingError(f"{name} is {str(value)[:40]!r}: send true or false")
    return text in YES


def _size(name: str, value: object) -> int:
    text = "" if isinstance(value, bool) else str(value)
    found = SIZE.fullmatch(text[:40])
    if found is None:
        raise InvalidSettingError(f"{name} is {text[:40]!r}: send a number of bytes, or a size such as 10MB or 1.5MiB")
    whole, part, unit = found.groups(default="")
    size_bytes: int = int(f"{whole}{part or '0'}") * UNITS[unit.lower()] // 10 ** max(1, len(part))
    return size_bytes


# What a setting is called in the API, where a field of CompressionSettings is called otherwise.
NAME_OF = {"level": "compression_level", "sealed_password": "password"}
FIELD_OF = {name: field for field, name in NAME_OF.items()}
CONTRADICTIONS = (("target_size", "image_quality"),)
READERS: Mapping[str, Callable[[str, object], Any]] = {
    "compression_level": _word(CompressionLevel),
    "image_quality": _number(1, 100),
    "max_image_dpi": _number(MIN_IMAGE_DPI, MAX_IMAGE_DPI),
    "target_size": _size,
    "grayscale": read_flag,
    "linearize": read_flag,
    "strip_metadata": read_flag,
    "on_signed": _word(Policy),
    "pdfa": _word(Policy),
}
