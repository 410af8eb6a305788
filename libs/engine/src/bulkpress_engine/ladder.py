"""The way down: what the next try does without, when the proof finds harm. Facts in, a value out.

Each try begins anew from the source. It costs a press and a proof, so there are at most MOST_TRIES of them, beside one
that spares single pictures; and a step that changed nothing is not blamed. Below the last, which only compresses
streams better, is the original.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace

from bulkpress_engine.objects import ObjGen
from bulkpress_engine.options import Step, Without
from bulkpress_engine.verification.aspects import Aspect

MOST_TRIES = 5
EVERYTHING = Without(Step)
ON_PICTURES = Without({Step.LAYERS, Step.COARSE})

# The likeliest first.
LOOKS = (Step.LAYERS, Step.COARSE, Step.PIXELS, Step.FONTS, Step.CONTENT, Step.IMAGES, Step.STRUCTURE)
LINES = (Step.CONTENT, Step.FONTS, Step.IMAGES, Step.STRUCTURE)  # where no picture was changed
WORDS = (Step.FONTS, Step.CONTENT, Step.LAYERS, Step.STRUCTURE)  # pixels hold no text that can be selected
SUSPECTS: Mapping[Aspect, tuple[Step, ...]] = {
    Aspect.RENDERING: LOOKS,
    Aspect.DRAWING: LINES,
    Aspect.COLOUR: LOOKS,
    Aspect.TEXT: WORDS,
    Aspect.CRASH: tuple(step for step in LOOKS if step is not Step.COARSE),  # finer pictures break as well
}
"""Whom to blame for what, the first suspect first. For all else, what readers depend on, no step is above suspicion."""


@dataclass(frozen=True, slots=True)
class Try:
    """What one try does without: steps, and of pictures that alone are to blame, being taken apart or coarse."""

    without: Without
    spared: frozenset[ObjGen] = frozenset()

    def gentler(self, aspects: Iterable[Aspect], suspects: frozenset[ObjGen], used: Set[Step]) -> "Try | None":
        """What to try after this one made use of the steps `used` and came to harm, by the pictures `suspects` if any.

        Sparing a few pictures what did no harm to all others is tried once. None: there is nothing left to do without.
        """
        may_spare = Step.PIXELS not in self.without and not used.isdisjoint(ON_PICTURES - self.without)
        if suspects and not self.spared and may_spare:
            return replace(self, spared=suspects)
        without = next_try(self.without, aspects, used)
        return None if without is None else replace(self, without=without)


def next_try(without: Without, aspects: Iterable[Aspect], used: Set[Step]) -> Without | None:
    """What to do without after a try without `without`, which made use of `used`, came to harm in `aspects`.

    None: there is nothing left to do without.
    """
    # Pictures of which no pixel may change are not made finer.
    left = used - without - ({Step.COARSE} if Step.PIXELS in without else set())
    if not left:
        return None
    blamed = _blamed(frozenset(aspects), left)
    is_last = len(without) >= MOST_TRIES - 2  # each try takes at least one step away, and the last one all
    return EVERYTHING if blamed is None or is_last else without | {blamed}


def _blamed(aspects: Set[Aspect], left: Set[Step]) -> Step | None:
    """The first suspect that explains most of the harm; None where nobody can tell."""
    if not aspects or not aspects <= SUSPECTS.keys():
        return None
    lines = [SUSPECTS[aspect] for aspect in sorted(aspects, key=lambda aspect: len(SUSPECTS[aspect]))]
    suspects = [step for step in lines[0] if step in left]  # the shortest line knows best
    return suspects[0] if suspects else None
