"""What a press did, and why: values, made to be written as JSON."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Result(StrEnum):
    """Whether the file became smaller."""

    PRESSED = "pressed"
    KEPT = "kept"  # the original's bytes are the result


class Reason(StrEnum):
    """Why a press that raised no error ended as it did. Listed with what follows from it: docs/reference/reasons.md."""

    COMPRESSED = "compressed"  # pressed: smaller, and proven harmless
    COMPRESSED_GENTLER = "compressed_gentler"  # pressed, by a gentler plan than asked: the first was not harmless
    ALREADY_SMALL = "already_small"  # kept: nothing was gained
    SIGNED = "signed"  # kept: a change would invalidate the signatures
    NOT_PROVEN = "not_proven"  # kept: no plan gave a result that could be proven harmless
    ENCRYPTION_NOT_KEPT = "encryption_not_kept"  # kept: it could not be encrypted the same way again


MEANINGS: Mapping[Reason, str] = {
    Reason.COMPRESSED: "Compressed, and proven to look and behave as before.",
    Reason.COMPRESSED_GENTLER: "Compressed more gently than asked: going further would have changed the document.",
    Reason.ALREADY_SMALL: "Kept as it was: it is already as small as it gets.",
    Reason.SIGNED: "Kept as it was: it is signed, and any change would make the signatures invalid.",
    Reason.NOT_PROVEN: "Kept as it was: no smaller result could be proven harmless.",
    Reason.ENCRYPTION_NOT_KEPT: "Kept as it was: it could not be encrypted the same way again.",
}


@dataclass(frozen=True, slots=True)
class PassReport:
    """What one pass did."""

    name: str
    objects_changed: int = 0
    bytes_saved: int = 0
    decisions: Mapping[str, int] = field(default_factory=dict)  # how many objects, by decision or KeepReason


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one file."""

    result: Result
    reason: Reason
    bytes_in: int
    bytes_out: int
    pages: int = 0
    passes: tuple[PassReport, ...] = ()
    fallbacks: tuple[str, ...] = ()  # plans tried and rejected, each with what verification found
    given_up: Mapping[str, int] = field(default_factory=dict)  # findings, by the step they cost: `pixels.rendering`
    seconds: float = 0.0

    @property
    def decisions(self) -> dict[str, int]:
        """Decisions of all passes, summed, as `pass.decision`; small enough to keep for every file.

        What was given up is there as well, as `given_up.step.aspect`.
        """
        total: Counter[str] = Counter({f"given_up.{name}": count for name, count in self.given_up.items()})
        for one in self.passes:
            total.update({f"{one.name}.{name}": count for name, count in one.decisions.items()})
        return dict(total)

    @property
    def message(self) -> str:
        """What became of the file, in a sentence or two for people, with what was found out on the way."""
        return " ".join([MEANINGS[self.reason], *(f"({finding})" for finding in self.fallbacks[-1:])])

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Report":
        """The inverse of `as_dict`."""
        return cls(
            result=Result(raw["result"]),
            reason=Reason(raw["reason"]),
            bytes_in=raw["bytes_in"],
            bytes_out=raw["bytes_out"],
            pages=raw["pages"],
            passes=tuple(PassReport(**one) for one in raw["passes"]),
            fallbacks=tuple(raw["fallbacks"]),
            given_up=raw["given_up"],
            seconds=raw["seconds"],
        )
