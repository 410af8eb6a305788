"""How large a press at each level would come out, from the passes' work on a sample."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pikepdf import Pdf

from bulkpress_engine.audit.sample import Sample, Sizes
from bulkpress_engine.composition import composition, stream_sizes
from bulkpress_engine.kinds import IMAGE_KINDS, Kind
from bulkpress_engine.objects import ObjGen, streams_of
from bulkpress_engine.opening import opened
from bulkpress_engine.options import Level, Limits, PressOptions, Step
from bulkpress_engine.passes import PASSES
from bulkpress_engine.passes.structure import merge_duplicates
from bulkpress_engine.planning import make_plan
from bulkpress_engine.preparation import prepared
from bulkpress_engine.saving import save

NOT_FOR_IMAGES = frozenset({Step.FONTS, Step.CONTENT, Step.STRUCTURE})


def estimates(source: Path, draft: Path, sample: Sample, options: PressOptions, limits: Limits) -> dict[str, int]:
    """About how many bytes a press at each level gives, otherwise by these options. Raises an EngineError.

    What is no image comes out the same at every level, so it is tried at one of them only.
    """
    low = replace(options, level=Level.LOW)
    with opened(source, options.password, limits) as pdf:
        prepared(pdf, low, limits)
        plan = make_plan(sample.facts, low, limits, low.without)
        merge_duplicates(pdf, plan, sample.facts, limits)  # of everything: a sample would not meet its equal
        before = _sizes(pdf)
        after = _passed(pdf, sample, sample.keys, low, limits)
        save(pdf, draft, plan)
    expected = {Level.LOW: expected_sizes(before, after, sample)}
    left_out = NOT_FOR_IMAGES - {Step.CONTENT} if options.grayscale else NOT_FOR_IMAGES  # gray is both
    for level in (Level.MEDIUM, Level.HIGH):
        lossy = replace(options, level=level, without=options.without | left_out)
        expected[level] = expected_sizes(before, _images_passed(source, before, sample, lossy, limits), sample)
    # What writing the file compresses, XMP for one, no pass has seen.
    written = _composition_of(draft, options.password, limits)
    rest = written.get(Kind.STRUCTURE, 0) + sum(
        min(size, written.get(kind, 0)) for kind, size in expected[Level.LOW].items() if kind not in IMAGE_KINDS
    )
    return {
        level.value: rest + sum(size for kind, size in sizes.items() if kind in IMAGE_KINDS)
        for level, sizes in expected.items()
    }


def _images_passed(source: Path, before: Sizes, sample: Sample, options: PressOptions, limits: Limits) -> Sizes:
    """The streams after the passes, which were told of the images in the sample only."""
    images = sample.facts.images.keys() & sample.keys & before.keys()
    if not images:
        return {}
    with opened(source, options.password, limits) as pdf:
        prepared(pdf, options, limits)
        return _passed(pdf, sample, images, options, limits)


def _passed(pdf: Pdf, sample: Sample, keys: Iterable[ObjGen], options: PressOptions, limits: Limits) -> Sizes:
    """The streams of the document after the passes, which were told of these only."""
    facts = sample.facts_of(keys)
    for image in streams_of(pdf, facts.images):
        if image.objgen in sample.bands:
            sample.bands[image.objgen].put_into(image)
    plan = make_plan(facts, options, limits, options.without)
    for run in PASSES:
        run(pdf, plan, facts, limits)
    return _sizes(pdf)


def _composition_of(saved: Path, password: str, limits: Limits) -> dict[Kind, int]:
    with opened(saved, password, limits) as pdf:
        return composition(pdf, saved.stat().st_size)


def _sizes(pdf: Pdf) -> Sizes:
    return {key: one for key, one in stream_sizes(pdf).items() if one[0] is not Kind.UNUSED}


def expected_sizes(before: Sizes, after: Sizes, sample: Sample) -> dict[Kind, int]:
    """The bytes of all streams by the kind they had, if the others shrank as those in the sample did.

    Streams that a pass has put in place of others count for the kind of those, images of all codings alike. What is
    gone without being replaced, as private data is, says nothing of its kind.
    """
    new = Counter[Kind]()
    for key, (kind, size) in after.items():
        if key not in before and key not in sample.facts.streams:
            new[Kind.SAMPLES if kind in IMAGE_KINDS else kind] += size
    whole, tried, left, seen_of_images = Counter[Kind](), Counter[Kind](), Counter[Kind](), 0
    for key, (kind, size) in before.items():
        if key not in after and not (key in sample.keys and new[Kind.SAMPLES if kind in IMAGE_KINDS else kind]):
            continue
        whole[kind] += size
        if key in sample.keys:
            seen = sample.tried_bytes(key, size)
            tried[kind] += size
            left[kind] += round(size * min(1.0, after[key][1] / max(1, seen))) if key in after else 0
            seen_of_images += seen if kind in IMAGE_KINDS else 0
    expected = {}
    for kind, size in whole.items():
        added = new[Kind.SAMPLES] / max(1, seen_of_images) if kind in IMAGE_KINDS else new[kind] / max(1, tried[kind])
        share = left[kind] / tried[kind] + added if tried[kind] else 1.0
        expected[kind] = round(size * min(1.0, share))
    return expected
