"""What an audit found: values, made to be written as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bulkpress_engine.report import Reason


@dataclass(frozen=True, slots=True)
class Audit:
    """What fills one file, and what a press at each level would make of it."""

    bytes_in: int
    pages: int
    composition: Mapping[str, int]  # bytes by kind, largest first; they add up to `bytes_in`
    estimates: Mapping[str, int]  # bytes of the result by level
    kept: Reason | None = None  # why a press would keep the original, whatever the level
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The audit as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Audit":
        """The inverse of `as_dict`."""
        return cls(**{**raw, "kept": Reason(raw["kept"]) if raw["kept"] else None})
