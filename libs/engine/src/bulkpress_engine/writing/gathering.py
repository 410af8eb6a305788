"""The objects that a document consists of: those reachable from its trailer, each with its spelling."""

import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass

from pikepdf import Array, Object, Pdf, Stream

from bulkpress_engine.objects import ObjGen
from bulkpress_engine.writing.spelling import references

MOST_OBJECTS = 500_000  # all spellings are in memory at once: some 150 MiB for so many
# What belongs to how the source was stored (ISO 32000-2, 7.5.5 and 7.5.8.2), and what is made anew.
OF_THE_SOURCE = frozenset({
    "/Size", "/Prev", "/XRefStm", "/ID", "/Encrypt", "/Type", "/Index", "/W", "/Length", "/Filter", "/DecodeParms",
})  # fmt: skip
OF_THE_DATA = ("/Length",)
KIND = re.compile(rb"/(?:Type|Subtype|S) /[^ ]*")


class TooManyObjectsError(Exception):
    """There are more objects than are held in memory for a better order; qpdf can write them."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The spelling of every object by its number in the source, and of the trailer without what will be made anew."""

    packable: dict[ObjGen, bytes]  # alike beside alike, otherwise in the order of a walk from the trailer
    streams: dict[ObjGen, bytes]  # their dictionaries
    trailer: bytes


def gathered(pdf: Pdf) -> Gathered:
    """Spell the document's objects. Raises TooManyObjectsError."""
    trailer = _spelling_without(pdf.trailer, OF_THE_SOURCE)
    packable: dict[ObjGen, bytes] = {}
    streams: dict[ObjGen, bytes] = {}
    pending = list(references(trailer))
    while pending:
        key = pending.pop()
        if key in packable or key in streams:
            continue
        found = pdf.get_object(key)
        if isinstance(found, Stream):
            spelt = streams[key] = _spelling_without(found.stream_dict, OF_THE_DATA)
        else:
            spelt = packable[key] = _spelling(found)
        pending += reversed(list(references(spelt)))
        if len(packable) + len(streams) > MOST_OBJECTS:
            raise TooManyObjectsError
    in_order = sorted(packable, key=lambda key: _kind(packable[key]))
    return Gathered({key: packable[key] for key in in_order}, streams, trailer)


def _spelling(value: object) -> bytes:
    """How qpdf spells a value itself, and not the reference to it."""
    if isinstance(value, Object):
        return value.unparse(resolved=True)
    return Array([value]).unparse()[2:-2]  # numbers and the like, which pikepdf gives as Python's; the brackets go


def _spelling_without(dictionary: Object, keys: Iterable[str]) -> bytes:
    shown = copy(dictionary)
    for key in keys:
        if key in shown:
            del shown[key]
    return shown.unparse(resolved=True)


def _kind(spelt: bytes) -> tuple[bytes, bytes]:
    """What the object says that it is: objects alike in this are alike in most of their bytes."""
    return spelt[:2], b" ".join(KIND.findall(spelt)[:3])
