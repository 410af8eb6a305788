"""Which pages to read and draw: every changed image and font once if the budget allows, then evenly over the rest."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pikepdf import Array, Name, Object, Page, Pdf, Stream

from bulkpress_engine.filters import UndecodableStreamError, content_bytes, filters_of
from bulkpress_engine.inspection.resources import ReachableImages, entries
from bulkpress_engine.objects import ObjGen, spelt
from bulkpress_engine.options import Limits
from bulkpress_engine.verification.aspects import Aspect
from bulkpress_engine.verification.canonical import entry, is_dictionary, items

PAGES_DRAWN = 48  # a page takes some 0.1 s, twice
PAGES_READ = 200
MOST_EXPANSION = 1_040  # of one Flate filter: 1032:1


@dataclass(frozen=True, slots=True)
class Sample:
    """Page numbers from 0, and what was left out because drawing it could cost more than a press may."""

    pages: tuple[int, ...]  # to draw
    repainted: Mapping[int, frozenset[ObjGen]]  # pages with images stored otherwise, and which of the source's
    readable: tuple[int, ...]  # to take the text of
    undrawn: tuple[str, ...]


def pages_worth_drawing(source: Pdf, pressed: Pdf, limits: Limits) -> Sample:
    """Choose pages; the same documents give the same choice."""
    total = len(source.pages)
    ours = _Parts(source)
    first_with, repainted = _changes(ours, _Parts(pressed))
    wanted = list(dict.fromkeys([*first_with, *evenly(total, PAGES_DRAWN)]))
    del wanted[PAGES_DRAWN:]
    candidates = sorted({*wanted, *evenly(total, PAGES_READ)})
    pages = source.pages
    too_costly = {
        number
        for number in candidates
        if ours.largest_pixels(pages[number]) > limits.image_pixels or ours.has_bomb(pages[number], limits)
    }
    return Sample(
        pages=tuple(sorted(set(wanted) - too_costly)),
        repainted=repainted,
        readable=tuple(sorted(set(candidates) - too_costly)),
        undrawn=tuple(f"{Aspect.RENDERING}: page {number + 1} is too large to draw" for number in sorted(too_costly)),
    )


def evenly(total: int, most: int) -> list[int]:
    """At most `most` numbers below `total`, evenly spread, the first and the last among them."""
    if total <= most:
        return list(range(total))
    return sorted({round(number * (total - 1) / (most - 1)) for number in range(most)})


class _Parts:
    """The images and font files that a document's pages draw with, each with how it is stored."""

    def __init__(self, pdf: Pdf) -> None:
        self.pages = pdf.pages
        self._pdf = pdf
        self._reachable = ReachableImages()
        self._signatures: dict[ObjGen, str] = {}
        self._bombs: dict[ObjGen, bool] = {}

    def images_of(self, page: Page) -> dict[ObjGen, str]:
        """The images of one page, each with what would change if it were stored otherwise."""
        places = {place for resources in _resources(page) for place in self._reachable.of(resources)}
        return {place: self._signature(place) for place in sorted(places)}

    def fonts_of(self, page: Page) -> dict[ObjGen, str]:
        """The same for the files of the fonts that the page and its annotations name."""
        fonts = [font for resources in _resources(page) for font in entries(resources, Name.Font).values()]
        places = {file.objgen for font in fonts for file in _files_of(font)}
        return {place: self._signature(place) for place in sorted(places)}

    def largest_pixels(self, page: Page) -> int:
        """Pixels of the page's largest image, as its dictionary says."""
        images = (self._pdf.get_object(place) for place in self.images_of(page))
        return max((_number(image.get("/Width")) * _number(image.get("/Height")) for image in images), default=0)

    def has_bomb(self, page: Page, limits: Limits) -> bool:
        """Whether the content or a font of the page decodes to more than a stream may: drawing would decode it."""
        contents = page.obj.get("/Contents")
        streams = items(contents) if isinstance(contents, Array) else [contents]
        fonts = [self._pdf.get_object(place) for place in self.fonts_of(page)]
        return any(self._is_bomb(stream, limits) for stream in (*streams, *fonts) if isinstance(stream, Stream))

    def _is_bomb(self, stream: Stream, limits: Limits) -> bool:
        if stream.objgen not in self._bombs:
            self._bombs[stream.objgen] = _is_bomb(stream, limits)
        return self._bombs[stream.objgen]

    def _signature(self, place: ObjGen) -> str:
        if place not in self._signatures:
            stream = self._pdf.get_object(place)
            stored = [stream.get(key) for key in ("/Width", "/Height", "/Length", "/Filter")]
            self._signatures[place] = " ".join(map(spelt, stored))
        return self._signatures[place]


def _files_of(font: Object) -> Iterator[Stream]:
    """The embedded file of a font, or of the one that a composite font descends to (ISO 32000-2, 9.7.6)."""
    descendants = items(entry(font, "/DescendantFonts"))
    for key in ("/FontFile", "/FontFile2", "/FontFile3"):
        file = entry(descendants[0] if descendants else font, "/FontDescriptor", key)
        if isinstance(file, Stream):
            yield file


def _changes(ours: _Parts, theirs: _Parts) -> tuple[list[int], dict[int, frozenset[ObjGen]]]:
    """The first page of every image and font file that is stored otherwise, and all pages with such images."""
    covered: set[ObjGen] = set()
    first_with: list[int] = []
    repainted: dict[int, frozenset[ObjGen]] = {}
    for number, (before, after) in enumerate(zip(ours.pages, theirs.pages, strict=True)):
        images = _stored_otherwise(ours.images_of(before), theirs.images_of(after))
        changed = images | _stored_otherwise(ours.fonts_of(before), theirs.fonts_of(after))
        if images:
            repainted[number] = frozenset(images)
        if changed - covered:
            covered |= changed
            first_with.append(number)
    return first_with, repainted


def _stored_otherwise(before: Mapping[ObjGen, str], after: Mapping[ObjGen, str]) -> set[ObjGen]:
    now = set(after.values())
    return {place for place, signature in before.items() if signature not in now}


def _resources(page: Page) -> Iterator[Object]:
    """Resources of the page and of its annotations' appearances."""
    yield page.resources
    for annotation in items(page.obj.get("/Annots")):
        normal = entry(annotation, "/AP", "/N")
        for appearance in [normal] if isinstance(normal, Stream) else _values(normal):
            if is_dictionary(found := entry(appearance, "/Resources")):
                yield found


def _values(value: Any) -> Iterable[Any]:
    return dict(value.items()).values() if is_dictionary(value) else ()


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _is_bomb(stream: Stream, limits: Limits) -> bool:
    if len(filters_of(stream)) < 2 and len(stream.read_raw_bytes()) * MOST_EXPANSION < limits.stream_bytes:
        return False
    try:
        content_bytes(stream, limits.stream_bytes)
    except UndecodableStreamError:
        return True
    return False
