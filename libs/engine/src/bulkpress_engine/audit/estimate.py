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
from bulkpress_engine.saving import save

NOT_FOR_IMAGES = frozenset({Step.FONTS, Step.CONTENT, Step.STRUCTURE})


def estimates(source: Path, draft: Path, sample: Sample, options: PressOptions, limits: Limits) -> dict[str, int]:
    """About how many bytes a press at each level gives, otherwise by these options. Raises an EngineError.

    What is no image comes out the same at every level, so it is tried at one of them only.
    """
    low = replace(options, level=Level.LOW)
    with opened(source, options.password, limits) as pdf:
        plan = make_plan(sample.facts, low, limits, low.without)
        merge_duplicates(pdf, plan, sample.facts, limits)  # of everything: a sample would not meet its equal
        before = _sizes(pdf)
        after = _passed(pdf, sample, sample.keys, low, limits)
        save(pdf, draft, plan)
    structure = _structure_of(draft, options.password, limits)
    kept = _by_kind(size for key, size in before.items() if key in after or key in sample.keys)
    shares = remaining_shares(before, after, sample)
    rest = structure + sum(size * shares.get(kind, 1.0) for kind, size in kept.items() if kind not in IMAGE_KINDS)
    images = {Level.LOW: shares}
    for level in (Level.MEDIUM, Level.HIGH):
        lossy = replace(options, level=level, without=options.without | NOT_FOR_IMAGES)
        images[level] = _image_shares(source, before, sample, lossy, limits)
    return {
        level.value: round(
            rest + sum(size * share.get(kind, 1.0) for kind, size in kept.items() if kind in IMAGE_KINDS)
        )
        for level, share in images.items()
    }


def _image_shares(
    source: Path, before: Sizes, sample: Sample, options: PressOptions, limits: Limits
) -> dict[Kind, float]:
    """How much of the images remains, by what these options make of those in the sample."""
    images = sample.facts.images.keys() & sample.keys & before.keys()
    if not images:
        return {}
    with opened(source, options.password, limits) as pdf:
        after = _passed(pdf, sample, images, options, limits)
    return remaining_shares({key: before[key] for key in images}, after, sample)


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


def _structure_of(saved: Path, password: str, limits: Limits) -> int:
    """The bytes of a file that are in no stream."""
    with opened(saved, password, limits) as pdf:
        return composition(pdf, saved.stat().st_size).get(Kind.STRUCTURE, 0)


def _sizes(pdf: Pdf) -> Sizes:
    return {key: one for key, one in stream_sizes(pdf).items() if one[0] is not Kind.UNUSED}


def _by_kind(sizes: Iterable[tuple[Kind, int]]) -> Counter[Kind]:
    total: Counter[Kind] = Counter()
    for kind, size in sizes:
        total[kind] += size
    return total


def remaining_shares(before: Sizes, after: Sizes, sample: Sample) -> dict[Kind, float]:
    """What share of the bytes of each kind remains, 0..1, by what became of the sampled streams of that kind.

    Streams that a pass has put in place of others count where those were, images of all codings alike.
    """
    whole: Counter[Kind] = Counter()
    left: Counter[Kind] = Counter()
    tried = 0
    for key, (kind, size) in before.items():
        if key in sample.keys:
            seen = sample.tried_bytes(key, size)
            whole[kind] += size
            left[kind] += round(size * min(1.0, after[key][1] / max(1, seen))) if key in after else 0
            tried += seen if kind in IMAGE_KINDS else 0
    new = _by_kind(one for key, one in after.items() if key not in before and key not in sample.facts.streams)
    new_in_images = sum(new[kind] for kind in IMAGE_KINDS) / max(1, tried)
    return {
        kind: min(1.0, left[kind] / max(1, size) + (new_in_images if kind in IMAGE_KINDS else new[kind] / max(1, size)))
        for kind, size in whole.items()
    }
