"""What a press did, and why: values, made to be written as JSON."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from bulkpress_engine.kinds import Kind, largest_share


class Result(StrEnum):
    """Whether the file became smaller."""

    PRESSED = "pressed"
    KEPT = "kept"  # the original's bytes are the result


class Reason(StrEnum):
    """Why a press that raised no error ended as it did. Listed with what follows from it: docs/reference/reasons.md."""

    COMPRESSED = "compressed"  # pressed: smaller, and proven harmless
    COMPRESSED_GENTLER = "compressed_gentler"  # pressed, by a gentler plan than asked: the first was not harmless
    ALREADY_SMALL = "already_small"  # kept: nothing was gained
    SAVES_TOO_LITTLE = "saves_too_little"  # kept: less was gained than the caller wants a file to be replaced for
    SIGNED = "signed"  # kept: a change would invalidate the signatures
    NOT_PROVEN = "not_proven"  # kept: no plan gave a result that could be proven harmless
    ENCRYPTION_NOT_KEPT = "encryption_not_kept"  # kept: it could not be encrypted the same way again


MEANINGS: Mapping[Reason, str] = {
    Reason.COMPRESSED: "Compressed, and proven to look and behave as before.",
    Reason.COMPRESSED_GENTLER: "Compressed more gently than asked: going further would have changed the document.",
    Reason.ALREADY_SMALL: "Kept as it was: it is already as small as it gets.",
    Reason.SAVES_TOO_LITTLE: "Kept as it was: compressing it would save less than was asked for.",
    Reason.SIGNED: "Kept as it was: it is signed, and any change would make the signatures invalid.",
    Reason.NOT_PROVEN: "Kept as it was: no smaller result could be proven harmless.",
    Reason.ENCRYPTION_NOT_KEPT: "Kept as it was: it could not be encrypted the same way again.",
}


UNTOUCHED = frozenset({Reason.SIGNED, Reason.ENCRYPTION_NOT_KEPT})
"""Reasons to keep the original that hold whatever the level or the target."""


@dataclass(frozen=True, slots=True)
class PassReport:
    """What one pass did."""

    name: str
    objects_changed: int = 0
    bytes_saved: int = 0
    decisions: Mapping[str, int] = field(default_factory=dict)  # how many objects, by decision or KeepReason


class TargetOutcome(StrEnum):
    """Whether a target size was reached."""

    MET = "met"
    CLOSEST = "closest"  # no result that is readable and proven harmless is as small; this is the smallest


@dataclass(frozen=True, slots=True)
class TargetReport:
    """What came of a target size."""

    outcome: TargetOutcome
    target_bytes: int
    position: float  # of the result on the axis of quality: 0 no pixel changed, 1 the coarsest that can be read
    presses: int  # how many it took, each from the source
    composition: Mapping[str, int]  # bytes of the result by kind, largest first: what fills the floor

    @property
    def message(self) -> str:
        """What is to be said to people; nothing where the target was met."""
        if self.outcome is TargetOutcome.MET:
            return ""
        words, share = largest_share({Kind(name): size for name, size in self.composition.items()})
        return f"This is the closest to the target that can still be read: {share:.0%} of it is {words}.".replace(
            "%", " %"
        )


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
    target: TargetReport | None = None  # where a target size was asked for

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
        said = [MEANINGS[self.reason], *(f"({finding})" for finding in self.fallbacks[-1:])]
        if self.target and self.target.message and self.reason not in UNTOUCHED:
            said.append(self.target.message)
        return " ".join(said)

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
            target=_target_from(raw["target"]) if raw["target"] else None,
        )


def _target_from(raw: Mapping[str, Any]) -> TargetReport:
    return TargetReport(**{**raw, "outcome": TargetOutcome(raw["outcome"])})
