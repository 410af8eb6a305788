"""ICC profiles that are converted from and never into, without the tables for the latter."""

from collections.abc import Iterator

from pikepdf import Array, Name, Object, Pdf, Stream

from bulkpress_engine.filters import UndecodableStreamError, content_bytes
from bulkpress_engine.icc import UnreadableProfileError, as_source
from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.objects import ObjGen, entries, reachable_containers, streams_of
from bulkpress_engine.options import Limits, Step
from bulkpress_engine.planning import Plan
from bulkpress_engine.report import PassReport

# The colour space of a transparency group (ISO 32000-2, 11.6.6), and those that stand for a group's device space.
BLENT_IN = frozenset({"/CS", "/DefaultGray", "/DefaultRGB", "/DefaultCMYK"})


def trim_profiles(pdf: Pdf, plan: Plan, facts: DocumentFacts, limits: Limits) -> PassReport:  # noqa: ARG001
    """Write profiles that colours are only converted from with one table for the way back instead of three."""
    changed = saved = 0
    sources = set() if Step.STRUCTURE in plan.without else _sources(pdf)
    for stream in streams_of(pdf, sorted(sources)):
        try:
            profile = content_bytes(stream, limits.stream_bytes)
            smaller = as_source(profile)
        except (UndecodableStreamError, UnreadableProfileError):
            continue
        if len(smaller) < len(profile):
            stream.write(smaller)  # recompress_streams deflates it
            changed += 1
            saved += len(profile) - len(smaller)
    return PassReport("trim_profiles", changed, saved)


def _sources(pdf: Pdf) -> set[ObjGen]:
    """The profiles of ICCBased colour spaces into which nothing is converted; output intents have theirs for that."""
    sources: set[ObjGen] = set()
    others: set[ObjGen] = set()
    for holder in reachable_containers(pdf):
        is_space = _is_icc_based(holder)
        for key, value in entries(holder):
            if isinstance(value, Stream):
                (sources if is_space and key == 1 else others).add(value.objgen)
            elif key in BLENT_IN:
                others.update(profile.objgen for profile in _profiles_of(value))
    return sources - others


def _is_icc_based(value: Object) -> bool:
    return isinstance(value, Array) and len(value) == 2 and isinstance(value[0], Name) and value[0] == Name.ICCBased


def _profiles_of(space: Object) -> Iterator[Stream]:
    if _is_icc_based(space) and isinstance(space[1], Stream):
        yield space[1]
