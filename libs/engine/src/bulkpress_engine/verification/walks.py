"""Ways through a document's trees that end: each object once, and no more of them than asked for."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from pikepdf import Array, Dictionary, Object, Pdf

from bulkpress_engine.verification.canonical import entry, is_dictionary, items

MOST = 300_000  # of anything: enough for a library of laws, and a second of work


def once(roots: Iterable[Any], children: Callable[[Any], Iterable[Any]]) -> Iterator[Any]:
    """`roots` and what is below them, depth first and in order; each indirect object once."""
    seen: set[tuple[int, int]] = set()
    waiting = deque(roots)
    while waiting:
        node = waiting.popleft()
        place = node.objgen if isinstance(node, Object) else (0, 0)
        if place != (0, 0) and place in seen:
            continue
        seen.add(place)
        yield node
        waiting.extendleft(reversed(list(islice(children(node), MOST))))


def name_tree(root: Any) -> Iterator[tuple[Any, Any]]:
    """Keys and values of a name or number tree (ISO 32000-2, 7.9.6, 7.9.7)."""
    for node in islice(once([root], lambda node: items(entry(node, "/Kids"))), MOST):
        leaves = items(entry(node, "/Names")) or items(entry(node, "/Nums"))
        yield from zip(leaves[::2], leaves[1::2], strict=False)


def outline_items(pdf: Pdf) -> Iterator[Any]:
    """The bookmarks in reading order (ISO 32000-2, 12.3.3)."""

    def below(item: Any) -> Iterator[Any]:
        for link in ("/First", "/Next"):
            if is_dictionary(found := entry(item, link)):
                yield found

    first = entry(pdf.Root, "/Outlines", "/First")
    return islice(once([first], below), MOST) if is_dictionary(first) else iter(())


def form_fields(pdf: Pdf) -> Iterator[tuple[str, dict[str, Any]]]:
    """Full names of the form's fields with their entries, inherited ones too (ISO 32000-2, 12.7.4)."""
    handed_down = ("/FT", "/Ff", "/V", "/DV", "/MaxLen", "/Opt")
    seen: set[tuple[int, int]] = set()
    roots = items(entry(pdf.Root, "/AcroForm", "/Fields"))
    waiting: deque[tuple[str, Any, dict[str, Any]]] = deque(("", root, {}) for root in roots)
    for _ in range(MOST):
        if not waiting:
            return
        prefix, node, inherited = waiting.popleft()
        if not isinstance(node, Dictionary) or (node.is_indirect and node.objgen in seen):
            continue
        seen.add(node.objgen)
        name = f"{prefix}.{node['/T']}" if "/T" in node else prefix
        entries = inherited | {key: node[key] for key in handed_down if key in node}
        yield name, entries
        waiting.extendleft((name, kid, entries) for kid in reversed(items(node.get("/Kids"))))


def structure_elements(pdf: Pdf) -> Iterator[Any]:
    """The elements of the tag tree, and the marked-content numbers they hold (ISO 32000-2, 14.7.2)."""

    def below(element: Any) -> list[Any]:
        kids = entry(element, "/K")
        return items(kids) if isinstance(kids, Array) or kids is None else [kids]

    root = entry(pdf.Root, "/StructTreeRoot")
    return islice(once(below(root), below), MOST)
