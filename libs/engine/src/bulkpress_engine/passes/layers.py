"""Scans of text, taken apart into a mask of the ink, its colour and the paper."""

from collections import Counter
from collections.abc import Iterable
from functools import partial

from pikepdf import Pdf, Stream

from bulkpress_engine.images.errors import UndecodableImageError
from bulkpress_engine.images.facts import ImageFacts
from bulkpress_engine.images.layers.decide import MIN_DPI, LayerReason, TakeApart
from bulkpress_engine.images.layers.placing import place, replaceable
from bulkpress_engine.images.layers.taking_apart import Layers, take_apart
from bulkpress_engine.images.recode import Settings, picture_of, recoded
from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.objects import streams_of
from bulkpress_engine.options import Limits
from bulkpress_engine.passes.images import name_space
from bulkpress_engine.planning import Plan
from bulkpress_engine.report import PassReport


def take_scans_apart(pdf: Pdf, plan: Plan, facts: DocumentFacts, limits: Limits) -> PassReport:
    """Put layers in the place of the scans that the plan names; those that are better off whole stay images."""
    if not plan.layers:
        return PassReport("take_scans_apart")
    layered = _LayerPass(pdf, plan, facts, limits)
    return layered.run(streams_of(pdf, plan.layers))


class _LayerPass:
    def __init__(self, pdf: Pdf, plan: Plan, facts: DocumentFacts, limits: Limits) -> None:
        self._pdf, self._plan, self._facts = pdf, plan, facts
        self._settings = Settings(plan.deflate_level, limits.stream_bytes, plan.may_turn_rgb_gray, plan.may_use_jbig2)
        self._replaceable = replaceable(pdf, plan.layers.keys())
        twins = Counter(facts.images[key].twin for key in plan.layers)
        self._has_twin = {twin for twin, count in twins.items() if count > 1}
        self._of_twins: dict[tuple[str, TakeApart], Layers | LayerReason] = {}  # decided once for images stored twice
        self._decisions: Counter[str] = Counter()

    def run(self, images: Iterable[Stream]) -> PassReport:
        """Take them apart one at a time."""
        saved = sum(self._press(image) for image in images)
        return PassReport(
            "take_scans_apart", self._decisions[LayerReason.LAYERED], saved, dict(sorted(self._decisions.items()))
        )

    def _press(self, image: Stream) -> int:
        """Take one image apart, or count why not; the bytes it saved."""
        made = self._layers(image)
        if isinstance(made, LayerReason):
            self._decisions[made] += 1
            return 0
        self._decisions[LayerReason.LAYERED] += 1
        before = len(image.read_raw_bytes())
        name_space(image, self._facts.images[image.objgen])
        place(self._pdf, image, made)
        return before - made.stored_bytes

    def _layers(self, image: Stream) -> Layers | LayerReason:
        if image.objgen not in self._replaceable:
            return LayerReason.NEEDS_IMAGE
        facts, decision = self._facts.images[image.objgen], self._plan.layers[image.objgen]
        key = (facts.twin, decision)
        if key in self._of_twins:
            return self._of_twins[key]
        try:
            made = self._taken_apart(image, facts, decision)
        except UndecodableImageError:
            made = LayerReason.UNDECODABLE
        if facts.twin in self._has_twin:
            self._of_twins[key] = made
        return made

    def _taken_apart(self, image: Stream, facts: ImageFacts, decision: TakeApart) -> Layers | LayerReason:
        picture, settings = picture_of(image, facts, self._settings), self._settings
        plain = partial(recoded, image, facts, decision.plain, settings)
        return take_apart(picture, facts.dpi or MIN_DPI, decision.rules, plain, may_use_jbig2=settings.may_use_jbig2)
