"""Walking the objects that will be saved: those reachable from the trailer (ISO 32000-2, 7.5.5)."""

from collections import Counter
from collections.abc import Iterable, Iterator

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

Container = Array | Dictionary | Stream
CONTAINERS = (Array, Dictionary, Stream)
DEEPEST_PAGE_TREE = 50  # one deeper is made to hurt

ObjGen = tuple[int, int]  # object and generation number: what an indirect object is known by


def reachable_containers(pdf: Pdf) -> Iterator[Container]:
    """Every array, dictionary and stream reachable from the trailer once, holders before what they hold."""
    seen: set[ObjGen] = set()
    pending: list[Object] = [pdf.trailer]
    while pending:
        holder = pending.pop()
        if holder.is_indirect:
            if holder.objgen in seen:
                continue
            seen.add(holder.objgen)
        if isinstance(holder, CONTAINERS):
            yield holder
        pending += [value for _, value in entries(holder) if isinstance(value, CONTAINERS)]


def count_references(holders: Iterable[Container], to: frozenset[ObjGen]) -> Counter[ObjGen]:
    """How many entries of these containers refer to each of some indirect containers."""
    return Counter(
        value.objgen
        for holder in holders
        for _, value in entries(holder)
        if isinstance(value, CONTAINERS) and value.objgen in to
    )


def streams_of(pdf: Pdf, keys: Iterable[ObjGen]) -> Iterator[Stream]:
    """The streams with these numbers, in this order."""
    for key in keys:
        stream = pdf.get_object(key)
        if isinstance(stream, Stream):
            yield stream


def entries(holder: Object) -> list[tuple[str | int, Object]]:
    """The keys, or indexes, and values of a container."""
    return list(enumerate(holder)) if isinstance(holder, Array) else list(holder.items())


def inherited(node: Object, key: Name) -> Object | None:
    """An attribute of a page that its ancestors in the page tree may have instead (ISO 32000-2, 7.7.3.4)."""
    for _ in range(DEEPEST_PAGE_TREE):
        if key in node:
            return node[key]
        parent = node.get(Name.Parent)
        if not isinstance(parent, Dictionary):
            break
        node = parent
    return None


def spelt(value: object) -> str:
    """A name as text whatever its bytes: those that need it are escaped, as in #e4 (ISO 32000-2, 7.3.5)."""
    return value.unparse().decode("latin-1") if isinstance(value, Name) else str(value)
