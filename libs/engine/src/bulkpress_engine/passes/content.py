"""Content streams written shorter: of pages, forms, patterns, appearances and Type 3 glyphs.

A form's numbers may be cut as far as its largest drawing allows, so scales are handed down from pages to the forms that
they draw, before anything is stored. Where a scale is not known (patterns, appearances, glyphs, masks, content that
cannot be read), all digits stay.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, Stream

from bulkpress_engine.content import Rewritten, UnreadableContentError, largest_scale, rewritten
from bulkpress_engine.filters import UndecodableStreamError, content_bytes, deflated
from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.inspection.geometry import matrix_of
from bulkpress_engine.inspection.resources import entries
from bulkpress_engine.objects import ObjGen, inherited, reachable_containers
from bulkpress_engine.options import Limits, Step
from bulkpress_engine.planning import Plan
from bulkpress_engine.report import PassReport

MOST_BYTES = 64 * 2**20  # of content in a document: half a minute of work; past it, the rest stays as it is
MOST_VISITS = 4  # to a form that is drawn larger and larger; then all its digits stay, and forms in a circle end too
DEFLATE_LEVEL = 12  # content is small against pixels, and 2 % smaller than at 10
UNKNOWN = math.inf  # the scale of what is drawn nobody knows how


def rewrite_content(pdf: Pdf, plan: Plan, facts: DocumentFacts, limits: Limits) -> PassReport:  # noqa: ARG001
    """Write every content stream with fewer bytes, where it then is smaller."""
    if Step.CONTENT in plan.without:
        return PassReport("rewrite_content")
    return _ContentPass(pdf, plan, limits).run()


@dataclass(frozen=True, slots=True)
class _Draft:
    """What will stand in the first of `streams`, in place of what stands in all of them."""

    streams: tuple[Stream, ...]
    data: bytes
    page: Object | None = None  # whose content these streams are, all of it


class _ContentPass:
    def __init__(self, pdf: Pdf, plan: Plan, limits: Limits) -> None:
        self._pdf, self._plan, self._limits = pdf, plan, limits
        self._bytes_left = MOST_BYTES
        self._decisions: Counter[str] = Counter()
        self._scales: dict[ObjGen, float] = defaultdict(float)
        self._visits: Counter[ObjGen] = Counter()
        self._pending: list[tuple[Stream, Object | None]] = []  # forms to read, with the resources of who draws them
        self._drafts: dict[ObjGen, _Draft] = {}

    def run(self) -> PassReport:
        """Read everything that draws, from the pages down, then store what became smaller."""
        parts = {page.obj.objgen: _parts(page) for page in self._pdf.pages}
        used = Counter(part.objgen for streams in parts.values() for part in streams)
        drawn_elsewhere = list(_drawn_at_unknown_scale(self._pdf))
        for form in drawn_elsewhere:
            self._demand(form, UNKNOWN, None)
        self._read_pending()
        for page in self._pdf.pages:
            self._page(page, parts[page.obj.objgen], used)
            self._read_pending()
        for form in _forms(self._pdf):
            if form.objgen not in self._scales:
                self._demand(form, UNKNOWN, None)
        self._read_pending()
        saved = [self._store(draft) for draft in self._drafts.values()]
        return PassReport(
            "rewrite_content", sum(1 for one in saved if one), sum(saved), dict(sorted(self._decisions.items()))
        )

    def _page(self, page: Page, parts: Sequence[Stream], used: Mapping[ObjGen, int]) -> None:
        """Read a page's content, as one stream where no other page has a part of it."""
        resources = inherited(page.obj, Name.Resources)
        alone = all(used[part.objgen] == 1 and part.objgen not in self._scales for part in parts)
        unit = page.obj.get(Name.UserUnit, 1)
        if alone and parts:
            scale = float(unit) if isinstance(unit, int | Decimal) else UNKNOWN
            self._read(tuple(parts), scale, resources, page.obj)
            return
        for part in parts:
            if part.objgen not in self._drafts:
                self._read((part,), UNKNOWN, resources)

    def _demand(self, form: Stream, scale: float, resources: Object | None) -> None:
        """Have a form read, unless it has been for a drawing as large."""
        key = form.objgen
        if key in self._scales and scale <= self._scales[key]:
            return
        self._visits[key] += 1
        self._scales[key] = scale if self._visits[key] <= MOST_VISITS else UNKNOWN
        self._pending.append((form, resources))

    def _read_pending(self) -> None:
        while self._pending:
            form, resources = self._pending.pop()
            matrix = matrix_of(form.get(Name.Matrix))
            scale = self._scales[form.objgen]
            own = largest_scale(matrix) if matrix else UNKNOWN
            self._read((form,), scale * own if own else UNKNOWN, form.get(Name.Resources, resources))

    def _read(
        self, streams: tuple[Stream, ...], scale: float, resources: Object | None, page: Object | None = None
    ) -> None:
        """Draft the content of some streams, and hand on how large it draws its forms."""
        xobjects = entries(resources, Name.XObject)
        scales: Mapping[str, float] = dict.fromkeys(xobjects, UNKNOWN)
        self._drafts.pop(streams[0].objgen, None)
        try:
            result = self._rewritten(streams, scale)
        except (UndecodableStreamError, UnreadableContentError):
            self._decisions["unreadable"] += 1
        else:
            scales = result.scales
            self._drafts[streams[0].objgen] = _Draft(streams, deflated(result.content, DEFLATE_LEVEL), page)
        for name, drawn in scales.items():
            child = xobjects.get(name)
            if isinstance(child, Stream) and child.get(Name.Subtype) == Name.Form:
                self._demand(child, drawn, resources)

    def _rewritten(self, streams: Sequence[Stream], scale: float) -> Rewritten:
        parts = []
        for stream in streams:
            parts.append(content_bytes(stream, min(self._limits.stream_bytes, self._bytes_left)))
            self._bytes_left -= len(parts[-1])
        if self._bytes_left < 0:
            raise UndecodableStreamError("more content than is rewritten in a document")
        return rewritten(b"\n".join(parts), scale, self._plan.content_error_pt)

    def _store(self, draft: _Draft) -> int:
        """Store what was drafted if it is smaller; the bytes it saved."""
        first = draft.streams[0]
        saved = sum(len(stream.read_raw_bytes()) for stream in draft.streams) - len(draft.data)
        if saved <= 0:
            return 0
        first.write(draft.data, filter=Name.FlateDecode)
        if draft.page is not None:
            draft.page[Name.Contents] = first
        return saved


def _parts(page: Page) -> list[Stream]:
    contents = page.obj.get(Name.Contents)
    parts = list(contents) if isinstance(contents, Array) else [contents]
    return [part for part in parts if isinstance(part, Stream)]


def _forms(pdf: Pdf) -> Iterator[Stream]:
    for holder in reachable_containers(pdf):
        if isinstance(holder, Stream) and holder.get(Name.Subtype) == Name.Form:
            yield holder


def _drawn_at_unknown_scale(pdf: Pdf) -> Iterator[Stream]:
    """What is drawn otherwise than by `Do`: tiling patterns, appearances, soft mask groups and Type 3 glyphs."""
    for holder in reachable_containers(pdf):
        if isinstance(holder, Stream) and holder.get(Name.PatternType) == 1:
            yield holder
        elif isinstance(holder, Dictionary):
            group = holder.get(Name.G)
            if isinstance(group, Stream):
                yield group
            yield from _streams_below(holder.get(Name.AP))
            yield from _streams_below(holder.get(Name.CharProcs))


def _streams_below(holder: object) -> Iterator[Stream]:
    """The streams that a dictionary holds, and those that its dictionaries hold."""
    for _, value in holder.items() if isinstance(holder, Dictionary) else ():
        if isinstance(value, Stream):
            yield value
        elif isinstance(value, Dictionary):
            yield from (below for _, below in value.items() if isinstance(below, Stream))
