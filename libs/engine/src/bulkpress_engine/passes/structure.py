"""The same thing stored twice, stored once."""

from collections import defaultdict
from collections.abc import Iterable
from hashlib import blake2b

from pikepdf import Dictionary, Name, Object, Pdf, Stream

from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.objects import ObjGen, entries, reachable_containers, streams_of
from bulkpress_engine.options import Limits, Step
from bulkpress_engine.planning import Plan
from bulkpress_engine.report import PassReport

MAX_ROUNDS = 4  # merging soft masks makes their images equal, merging images their forms


def merge_duplicates(pdf: Pdf, plan: Plan, facts: DocumentFacts, limits: Limits) -> PassReport:  # noqa: ARG001
    """Let everything that refers to one of several equal streams (data and dictionary) refer to the same one."""
    if Step.STRUCTURE in plan.without:
        return PassReport("merge_duplicates")
    left = mergeable = set(facts.streams) - _rewritten_in_place(pdf)
    saved = 0
    for _ in range(MAX_ROUNDS):
        keepers = _keepers(streams_of(pdf, (key for key in facts.streams if key in left)))
        if not keepers:
            break
        saved += sum(len(stream.read_raw_bytes()) for stream in streams_of(pdf, keepers))
        left = left - keepers.keys()
        _redirect(pdf, keepers)
    return PassReport("merge_duplicates", len(mergeable) - len(left), saved)


def _rewritten_in_place(pdf: Pdf) -> set[ObjGen]:
    """The looks of text and choice fields (ISO 32000-2, 12.7.4.3).

    Programs that fill a form write into the stream that is there: in one that fields share, all would show the value
    of one. Boxes and buttons are switched between the looks that they have.
    """
    found = set()
    for holder in reachable_containers(pdf):
        if isinstance(holder, Dictionary) and holder.get(Name.Subtype) == Name.Widget:
            appearances = holder.get(Name.AP)
            look = appearances.get(Name.N) if isinstance(appearances, Dictionary) else None
            if isinstance(look, Stream):
                found.add(look.objgen)
    return found


def _keepers(streams: Iterable[Stream]) -> dict[ObjGen, Stream]:
    """For each stream that has an equal one before it, that one."""
    first: dict[bytes, Stream] = {}
    keepers: dict[ObjGen, Stream] = {}
    for group in _same_length(streams):
        for stream in group:
            keeper = first.setdefault(_digest(stream), stream)
            if keeper.objgen != stream.objgen:
                keepers[stream.objgen] = keeper
    return keepers


def _same_length(streams: Iterable[Stream]) -> list[list[Stream]]:
    """Streams that share their length with another, so that the others need not be read."""
    groups: dict[int, list[Stream]] = defaultdict(list)
    for stream in streams:
        # A stream that knows its owner has an identity of its own: structure elements (14.7.5) name it by reference.
        if Name.StructParent not in stream and Name.StructParents not in stream:
            groups[len(stream.read_raw_bytes())].append(stream)
    return [group for group in groups.values() if len(group) > 1]


def _digest(stream: Stream) -> bytes:
    digest = blake2b(stream.read_raw_bytes(), digest_size=32)
    digest.update(_canonical(stream.stream_dict))
    return digest.digest()


def _canonical(dictionary: Dictionary) -> bytes:
    return b"\n".join(
        key.encode("utf-8", "surrogateescape")
        + b" "
        + (value.unparse() if isinstance(value, Object) else repr(value).encode())
        for key, value in sorted(dictionary.items())
    )


def _redirect(pdf: Pdf, keepers: dict[ObjGen, Stream]) -> None:
    """Replace references, in whatever holds them."""
    for holder in reachable_containers(pdf):
        for key, value in entries(holder):
            if isinstance(value, Stream) and value.objgen in keepers:
                holder[key] = keepers[value.objgen]
