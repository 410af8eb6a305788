"""All content of a document, with the resources that it draws with: pages, forms, patterns, glyphs, appearances."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, Stream

from bulkpress_engine.filters import content_bytes, deflated
from bulkpress_engine.inspection.resources import entries, soft_mask_group
from bulkpress_engine.inspection.type3 import glyphs
from bulkpress_engine.objects import ObjGen, inherited, reachable_containers

DEFLATE_LEVEL = 6  # what is written here is written again by a pass


@dataclass(frozen=True, slots=True)
class Content:
    """Streams that are one content (ISO 32000-2, 7.8.2), what it is drawn with, and its page if it is one's."""

    streams: tuple[Stream, ...]
    resources: Object | None
    page: Object | None = None

    def read(self, cap_bytes: int) -> bytes:
        """All of it. Raises UndecodableStreamError, also past `cap_bytes`."""
        return b"\n".join(content_bytes(stream, cap_bytes) for stream in self.streams)

    def replace(self, pdf: Pdf, data: bytes) -> None:
        """Put `data` in its place. Of a page with several streams, some may be another's: it gets one of its own."""
        coded = deflated(data, DEFLATE_LEVEL)
        if self.page is not None and len(self.streams) > 1:
            stream = pdf.make_stream(b"")
            stream.write(coded, filter=Name.FlateDecode)
            self.page[Name.Contents] = stream
        else:
            self.streams[0].write(coded, filter=Name.FlateDecode)


def contents(pdf: Pdf) -> Iterator[Content]:
    """Every content of the document, pages first; what has no resources comes with those of what draws it first."""
    return _Contents(pdf).all()


class _Contents:
    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self._seen: set[ObjGen] = set()
        self._pending: list[Content] = []

    def all(self) -> Iterator[Content]:
        """From the pages down, then what nothing seems to draw."""
        for page in self._pdf.pages:
            streams = _parts(page)
            resources = inherited(page.obj, Name.Resources)
            if streams and (len(streams) > 1 or streams[0].objgen not in self._seen):
                self._seen.update(stream.objgen for stream in streams)
                yield Content(streams, resources, page.obj)
            self._below(resources)
            for annotation in _items(page.obj.get(Name.Annots)):
                for look in _looks(annotation):
                    self._demand(look, None)
            yield from self._drain()
        for holder in list(reachable_containers(self._pdf)):
            if isinstance(holder, Stream) and (
                holder.get(Name.Subtype) == Name.Form or holder.get(Name.PatternType) == 1
            ):
                self._demand(holder, None)
                yield from self._drain()

    def _drain(self) -> Iterator[Content]:
        while self._pending:
            content = self._pending.pop()
            yield content
            self._below(content.resources)

    def _demand(self, stream: object, resources: Object | None, *, is_glyph: bool = False) -> None:
        """Have a form, a pattern's cell or a glyph drawn by content with these resources read, once."""
        if not isinstance(stream, Stream) or stream.objgen in self._seen:
            return
        self._seen.add(stream.objgen)
        own = None if is_glyph else stream.get(Name.Resources)
        self._pending.append(Content((stream,), own if own is not None else resources))

    def _below(self, resources: Object | None) -> None:
        """Demand what content with these resources may draw."""
        for child in chain(entries(resources, Name.XObject).values(), entries(resources, Name.Pattern).values()):
            if isinstance(child, Stream) and child.get(Name.Subtype) != Name.Image:
                self._demand(child, resources)
        for state in entries(resources, Name.ExtGState).values():
            self._demand(soft_mask_group(state), resources)
        for font in entries(resources, Name.Font).values():
            if isinstance(font, Dictionary) and font.get(Name.Subtype) == Name.Type3:
                for glyph in glyphs(font):
                    self._demand(glyph, font.get(Name.Resources, resources), is_glyph=True)


def _parts(page: Page) -> tuple[Stream, ...]:
    found = page.obj.get(Name.Contents)
    return tuple(part for part in (list(found) if isinstance(found, Array) else [found]) if isinstance(part, Stream))


def _items(value: object) -> list[Object]:
    return list(value) if isinstance(value, Array) else []


def _looks(annotation: object) -> Iterator[Stream]:
    """The appearances of an annotation, in all their states (12.5.5)."""
    found = annotation.get(Name.AP) if isinstance(annotation, Dictionary) else None
    for _, look in found.items() if isinstance(found, Dictionary) else ():
        if isinstance(look, Stream):
            yield look
        elif isinstance(look, Dictionary):
            yield from (state for _, state in look.items() if isinstance(state, Stream))
