"""What a document has that its reader would miss, counted; and what of it is gone afterwards."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf

DEEPEST = 50  # form fields and outline items are trees; a damaged one may have no end


def lost(before: Path, after: Path) -> list[str]:
    """The names of what `before` has more of than `after`, such as `links`. Raises pikepdf.PdfError."""
    had, has = inventory(before), inventory(after)
    gone = [name for name, count in had.items() if has[name] < count]
    if had["signatures"] and not _begins_with(after, before) and "signatures" not in gone:
        gone.append("signatures")  # still there, but any change makes them invalid (ISO 32000-2, 12.8)
    return gone


def inventory(path: Path) -> dict[str, int]:
    """How much of everything there is. Raises pikepdf.PdfError, pikepdf.PasswordError."""
    with pikepdf.open(path) as pdf:
        fields = list(_tree(pdf.Root.get(Name.AcroForm, Dictionary()).get(Name.Fields), Name.Kids))
        return {
            "pages": len(pdf.pages),
            "outline items": _outline_items(pdf),
            "links": sum(1 for one in _annotations(pdf) if one.get(Name.Subtype) == Name.Link),
            "fields": len(fields),
            "signatures": sum(1 for one in fields if one.get(Name.FT) == Name.Sig and Name.V in one),
            "attachments": len(pdf.attachments),
            "tags": int(Name.StructTreeRoot in pdf.Root),
            "page labels": int(Name.PageLabels in pdf.Root),
            "layers": len(pdf.Root.get(Name.OCProperties, Dictionary()).get(Name.OCGs, Array())),
            "PDF/A claim": int(_claims_pdfa(pdf)),
            "encryption": int(pdf.is_encrypted),
        }


def opens(path: Path) -> bool:
    """Whether its objects can be read without a password."""
    try:
        with pikepdf.open(path):
            return True
    except (pikepdf.PdfError, pikepdf.PasswordError):
        return False


def _annotations(pdf: Pdf) -> Iterator[Object]:
    for page in pdf.pages:
        found = page.obj.get(Name.Annots)
        if isinstance(found, Array):
            yield from (one for one in found if isinstance(one, Dictionary))


def _tree(nodes: Object | None, below: Name, depth: int = 0) -> Iterator[Object]:
    if depth > DEEPEST or not isinstance(nodes, Array):
        return
    for node in nodes:
        if isinstance(node, Dictionary):
            yield node
            yield from _tree(node.get(below), below, depth + 1)


def _outline_items(pdf: Pdf) -> int:
    """How many items there are, whether or not their destinations can be understood (12.3.3)."""
    seen: set[tuple[int, int]] = set()
    waiting = [pdf.Root.get(Name.Outlines, Dictionary()).get(Name.First)]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Dictionary) and item.objgen not in seen:
            seen.add(item.objgen)
            waiting += [item.get(Name.First), item.get(Name.Next)]
    return len(seen)


def _claims_pdfa(pdf: Pdf) -> bool:
    with suppress(Exception), pdf.open_metadata() as metadata:  # XMP that cannot be read claims nothing
        return bool(metadata.pdfa_status)
    return False


def _begins_with(path: Path, beginning: Path) -> bool:
    return path.read_bytes().startswith(beginning.read_bytes())
