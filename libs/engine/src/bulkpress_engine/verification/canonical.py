"""Objects in a spelling that two versions of one document share, so that they can be compared."""

import hashlib
from collections.abc import Set
from typing import Any

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from bulkpress_engine.filters import UndecodableStreamError, content_bytes
from bulkpress_engine.objects import spelt

# How a stream is stored; ties back to a holder, or from a tag or a signature to what is not its own; looks that
# rendering compares; fonts' programs, of which each glyph is compared where they are written; what editors keep.
UNCOMPARED = frozenset({
    "/Length", "/DL", "/Filter", "/DecodeParms", "/Parent", "/P", "/Prev", "/Obj", "/Reference", "/AP", "/MK",
    "/FontDescriptor", "/Poster", "/PieceInfo", "/LastModified",
})  # fmt: skip
DRAWN = frozenset({"/Form", "/Image"})  # tags point into forms (14.7.5.2); what those draw, rendering compares
BUDGET, PAGE_BUDGET = 400_000, 20  # objects to spell for one aspect, and more for each page: two seconds of work
MOST = 3  # such budgets for all aspects together: only what is made to hurt needs a second one

Place = tuple[int, int]  # object and generation number; (0, 0) where there are none
NOWHERE = (0, 0)


class Spelling:
    """Spells objects of one document. Pages are told by their number, indirect objects by their content.

    Each indirect object is read once, unless it refers back to what holds it. What is beyond the budget is not told
    apart any more: `is_complete` says whether that came to pass since the last refill.
    """

    def __init__(self, pdf: Pdf, *, nesting: int, stream_bytes: int, uncompared: Set[str] = UNCOMPARED) -> None:
        self._numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
        self._nesting, self._uncompared = nesting, uncompared
        self.stream_bytes = stream_bytes
        self._known: dict[Place, str] = {}
        self._budget = BUDGET + PAGE_BUDGET * len(self._numbers)
        self._in_reserve = MOST * self._budget
        self._left = 0
        self.refill()

    @property
    def is_complete(self) -> bool:
        """Whether all that was asked for has been spelt to its end."""
        return self._left >= 0

    def refill(self) -> None:
        """Renew the budget, for another aspect."""
        self._in_reserve -= self._budget - max(0, self._left)
        self._left = max(self._budget // 50, min(self._budget, self._in_reserve))

    def of(self, value: Any, *, only: Set[str] | None = None) -> str:
        """A digest of `value`, or of its entries named in `only`; of 32 hex digits, however large the value is."""
        if only is not None:
            value = {key: value[key] for key in only & set(value.keys())} if is_dictionary(value) else None
        return _digest(self.text(value))

    def text(self, value: Any) -> str:
        """`value` spelt out; for what is small, such as a title."""
        return self._spell(value, ())[0]

    def _spell(self, value: Any, inside: tuple[Place, ...]) -> tuple[str, int]:
        """The spelling, and the outermost of `inside` that it refers back to: its index, or more if it does not."""
        place = value.objgen if isinstance(value, Object) else NOWHERE
        if place in self._numbers:
            return f"page {self._numbers[place]}", len(inside)
        if place in self._known:
            return self._known[place], len(inside)
        self._left -= 1
        if self._left < 0 or len(inside) > self._nesting:
            return "…", 0
        if place != NOWHERE and place in inside:
            return f"^{len(inside) - inside.index(place)}", inside.index(place)
        spelling, reach = self._spell_parts(value, (*inside, place))
        if place != NOWHERE:
            spelling = _digest(spelling)
            if reach >= len(inside):  # to itself at most: it means the same wherever it hangs
                self._known[place] = spelling
        return spelling, min(reach, len(inside))

    def _spell_parts(self, value: Any, inside: tuple[Place, ...]) -> tuple[str, int]:
        if isinstance(value, (Array, list)):
            parts = [self._spell(item, inside) for item in value]
            return " ".join(part for part, _ in parts), min((reach for _, reach in parts), default=len(inside))
        if not is_dictionary(value):
            return _spell_scalar(value), len(inside)
        if isinstance(value, Stream) and spelt(value.get("/Subtype")) in DRAWN:
            return "drawn", len(inside)
        entries = dict((value.stream_dict if isinstance(value, Stream) else value).items())
        spelt_out, outermost = [], len(inside)
        for key in sorted(entries.keys() - self._uncompared):
            if entries[key] is not None:  # an entry that is null is an entry that is not there (ISO 32000-2, 7.3.7)
                part, reach = self._spell(entries[key], inside)
                spelt_out += [key, part]
                outermost = min(outermost, reach)
        if isinstance(value, Stream):
            spelt_out.append(digest_of_stream(value, self.stream_bytes))
        return " ".join(spelt_out), outermost


def _digest(spelling: str) -> str:
    return hashlib.blake2b(spelling.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def is_dictionary(value: Any) -> bool:
    """Whether `value` has entries: a dictionary or a stream."""
    return isinstance(value, (Dictionary, Stream, dict))


def entry(value: Any, *path: str) -> Any:
    """What lies under `path`, or None where the document has something else on the way."""
    for key in path:
        if not is_dictionary(value):
            return None
        value = value.get(key)
    return value


def items(value: Any) -> list[Any]:
    """The items of an array, or none of anything else."""
    return list(value) if isinstance(value, Array) else []


def digest_of_stream(stream: Stream, most_bytes: int) -> str:
    """A digest of what the stream decodes to, or of its raw bytes where that is damaged, huge or an image's codec."""
    try:
        content = content_bytes(stream, most_bytes)
    except UndecodableStreamError:
        content = stream.read_raw_bytes()
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _spell_scalar(value: Any) -> str:
    match value:
        case String():
            return f"({bytes(value)!r})"
        case None | bool() | str() | Name():
            return spelt(value)
        case _:
            try:
                return f"{float(value):.4f}"  # 612 and 612.0 are one number
            except (TypeError, ValueError, OverflowError):
                return str(type(value))
