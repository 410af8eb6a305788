"""Which images the resources of a content stream can reach, so that content that draws none need not be read."""

from collections.abc import Iterator, Mapping
from typing import TypeGuard

from pikepdf import Dictionary, Name, Object, Stream

from bulkpress_engine.objects import ObjGen


class ReachableImages:
    """Answers, and remembers, which image XObjects content with certain resources may draw, at any depth."""

    def __init__(self) -> None:
        self._known: dict[ObjGen, frozenset[ObjGen]] = {}

    def of(self, resources: Object | None) -> frozenset[ObjGen]:
        """The images that content with these resources may draw, also through forms, patterns, masks and glyphs."""
        if not isinstance(resources, Dictionary):
            return frozenset()
        key = resources.objgen
        if key in self._known:
            return self._known[key]
        images = frozenset(_search(resources))
        if key != (0, 0):
            self._known[key] = images
        return images


def entries(resources: Object | None, category: Name) -> Mapping[str, Object]:
    """The named resources of one category; empty when there are none or the dictionary is malformed."""
    found = resources.get(category) if isinstance(resources, Dictionary) else None
    return dict(found.items()) if isinstance(found, Dictionary) else {}


def is_image(value: object) -> TypeGuard[Stream]:
    """Whether the object is an image XObject."""
    return isinstance(value, Stream) and value.get(Name.Subtype) == Name.Image


def soft_mask_group(state: object) -> Stream | None:
    """The group that a graphics state's soft mask draws (ISO 32000-2, 11.6.5.3), if it has one."""
    mask = state.get(Name.SMask) if isinstance(state, Dictionary) else None
    group = mask.get(Name.G) if isinstance(mask, Dictionary) else None
    return group if isinstance(group, Stream) else None


def _search(resources: Dictionary) -> Iterator[ObjGen]:
    seen: set[ObjGen] = set()
    pending: list[Object] = [resources]
    while pending:
        for content in _drawables(pending.pop()):
            if content.objgen in seen:
                continue
            seen.add(content.objgen)
            if is_image(content):
                yield content.objgen
            elif Name.Resources in content:
                pending.append(content[Name.Resources])


def _drawables(resources: Object) -> Iterator[Object]:
    """All that content with these resources may draw: images, forms, patterns, mask groups, Type 3 fonts."""
    for category in (Name.XObject, Name.Pattern):
        yield from (value for value in entries(resources, category).values() if isinstance(value, Stream))
    for state in entries(resources, Name.ExtGState).values():
        if group := soft_mask_group(state):
            yield group
    for font in entries(resources, Name.Font).values():
        if isinstance(font, Dictionary) and font.get(Name.Subtype) == Name.Type3:
            yield font
