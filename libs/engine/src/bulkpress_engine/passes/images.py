"""The images: each as its decision says, one at a time, and a bad one is left as it was and counted."""

from collections import Counter
from collections.abc import Iterable, Mapping

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from bulkpress_engine.images.coded import Coded, Space
from bulkpress_engine.images.colour import Model
from bulkpress_engine.images.decide import Decision, Keep, KeepReason, Recode, Repack
from bulkpress_engine.images.errors import UndecodableImageError
from bulkpress_engine.images.facts import ImageFacts
from bulkpress_engine.images.recode import Settings, recoded, repacked
from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.inspection.resources import is_image
from bulkpress_engine.objects import streams_of
from bulkpress_engine.options import Limits
from bulkpress_engine.planning import Plan
from bulkpress_engine.report import PassReport

DEVICE_SPACES: Mapping[Model, Name] = {Model.GRAY: Name.DeviceGray, Model.RGB: Name.DeviceRGB}
WORTH_A_LOSS = 0.95  # of what it replaces, a lossy result must be smaller than this


def press_images(pdf: Pdf, plan: Plan, facts: DocumentFacts, limits: Limits) -> PassReport:
    """Resample and code anew the images that the plan names; what was taken apart before is an image no more."""
    return _ImagePass(plan, facts, limits).run(filter(is_image, streams_of(pdf, plan.images)))


class _ImagePass:
    def __init__(self, plan: Plan, facts: DocumentFacts, limits: Limits) -> None:
        self._plan, self._facts, self._limits = plan, facts, limits
        twins = Counter(image.twin for image in facts.images.values())
        self._of_twins: dict[tuple[str, Decision, bool], Coded | None] = {}  # decided once for images stored twice
        self._has_twin = {twin for twin, count in twins.items() if count > 1}
        self._decisions: Counter[str] = Counter()

    def run(self, images: Iterable[Stream]) -> PassReport:
        """Press them all, each on its own: what one needs in memory is gone before the next."""
        saved = sum(self._press(image) for image in images)
        changed = self._decisions["recoded"] + self._decisions["repacked"]
        return PassReport("press_images", changed, saved, dict(sorted(self._decisions.items())))

    def _press(self, image: Stream) -> int:
        """Press one image and count what became of it; the bytes it saved."""
        decision, facts = self._plan.images[image.objgen], self._facts.images[image.objgen]
        if isinstance(decision, Keep):
            self._decisions[decision.reason] += 1
            return 0
        coded = self._coded_once(image, facts, decision)
        if coded is None:
            self._decisions[KeepReason.UNDECODABLE] += 1
            return 0
        before = len(image.read_raw_bytes())
        if len(coded.data) >= (before if coded.is_exact else WORTH_A_LOSS * before):
            self._decisions[KeepReason.NOT_SMALLER] += 1
            return 0
        name_space(image, facts)
        store(image, coded)
        self._decisions["repacked" if coded.is_exact else "recoded"] += 1
        return before - len(coded.data)

    def _coded_once(self, image: Stream, facts: ImageFacts, decision: Recode | Repack) -> Coded | None:
        key = (facts.twin, decision, facts.is_soft_mask)
        if key in self._of_twins:
            return self._of_twins[key]
        try:
            coded = self._coded(image, facts, decision)
        except UndecodableImageError:
            coded = None
        if facts.twin in self._has_twin:
            self._of_twins[key] = coded
        return coded

    def _coded(self, image: Stream, facts: ImageFacts, decision: Recode | Repack) -> Coded:
        plan = self._plan
        settings = Settings(plan.deflate_level, self._limits.stream_bytes, plan.may_turn_rgb_gray, plan.may_use_jbig2)
        if isinstance(decision, Recode):
            return recoded(image, facts, decision, settings)
        return repacked(image, facts, decision, settings)


def name_space(image: Stream, facts: ImageFacts) -> None:
    """Let the dictionary say what the JPEG 2000 data alone told of its colours: other data will not."""
    if facts.is_space_in_data:
        image[Name.ColorSpace] = DEVICE_SPACES[facts.colour.model]


def store(image: Stream, coded: Coded) -> None:
    """Give an image XObject its new data, and its dictionary what must be said about it."""
    space = image.get(Name.ColorSpace)
    keeps_meaning = coded.is_exact and coded.space is Space.SAME
    decode = image.get(Name.Decode) if keeps_meaning else None
    image.write(
        coded.data, filter=Name(coded.filter), decode_parms=Dictionary(dict(coded.parms)) if coded.parms else None
    )
    image[Name.Width], image[Name.Height] = coded.width_px, coded.height_px
    image[Name.BitsPerComponent] = coded.bits
    if decode is None and Name.Decode in image:
        del image[Name.Decode]
    if space is not None and coded.space is not Space.SAME:
        image[Name.ColorSpace] = _new_space(space, coded)


def _new_space(space: Object, coded: Coded) -> Object:
    base = space[1] if isinstance(space, Array) and str(space[0]) in {"/Indexed", "/I"} else space
    if coded.space is Space.DEVICE_GRAY:
        return Name.DeviceGray
    if coded.space is Space.PALETTE_BASE:
        return base
    return Array([Name.Indexed, base, coded.colours - 1, String(coded.palette)])
