"""Objects in a spelling that two versions of one document share, so that they can be compared."""

import hashlib
from collections.abc import Iterator, Mapping, Set
from typing import Any

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from bulkpress_engine.filters import UndecodableStreamError, content_bytes
from bulkpress_engine.objects import spelt

# How a stream is stored, ties back to a holder, looks that rendering compares, and what editors keep for themselves.
UNCOMPARED = frozenset({
    "/Length", "/Filter", "/DecodeParms", "/Parent", "/P", "/Prev", "/AP", "/MK", "/PieceInfo", "/LastModified",
})  # fmt: skip
BUDGET = 400_000  # objects: two seconds of work
PAGE_BUDGET = 20


class Spelling:
    """Spells objects of one document. Pages are told by their number, indirect objects by their content."""

    def __init__(self, pdf: Pdf, *, nesting: int, stream_bytes: int) -> None:
        self._numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
        self._nesting = nesting
        self._stream_bytes = stream_bytes
        self._left = 0
        self.refill()

    def refill(self) -> None:
        """Renew the budget of objects to spell; two versions that are the same run out of it at the same place."""
        self._left = BUDGET + PAGE_BUDGET * len(self._numbers)

    def of(self, value: Any, *, only: Set[str] | None = None) -> str:
        """A digest of `value`, or of its entries named in `only`; of 32 hex digits, however large the value is."""
        if only is not None:
            value = {key: value[key] for key in only & set(value.keys())} if is_dictionary(value) else None
        return hashlib.blake2b(self.text(value).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def text(self, value: Any) -> str:
        """`value` spelt out; for what is small, such as a title."""
        return "".join(self._spell(value, ()))

    def _spell(self, value: Any, inside: tuple[tuple[int, int], ...]) -> Iterator[str]:
        self._left -= 1
        if self._left < 0 or len(inside) > self._nesting:
            yield "…"
            return
        place = value.objgen if isinstance(value, Object) else (0, 0)
        if place in self._numbers:
            yield f"page {self._numbers[place]}"
        elif place != (0, 0) and place in inside:
            yield f"^{len(inside) - inside.index(place)}"
        elif isinstance(value, Stream):
            yield from self._spell_entries(dict(value.stream_dict.items()), (*inside, place))
            yield digest_of_stream(value, self._stream_bytes)
        elif isinstance(value, (Dictionary, dict)):
            yield from self._spell_entries(dict(value.items()), (*inside, place))
        elif isinstance(value, (Array, list)):
            for item in value:
                yield from self._spell(item, (*inside, place))
                yield " "
        else:
            yield _spell_scalar(value)

    def _spell_entries(self, entries: Mapping[str, Any], inside: tuple[tuple[int, int], ...]) -> Iterator[str]:
        for key in sorted(entries.keys() - UNCOMPARED):
            if entries[key] is not None:  # an entry that is null is an entry that is not there (ISO 32000-2, 7.3.7)
                yield key
                yield from self._spell(entries[key], inside)


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
