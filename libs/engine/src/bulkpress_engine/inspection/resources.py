"""What the resources of a content stream can reach."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeGuard

from pikepdf import Dictionary, Name, Object, Stream

from bulkpress_engine.objects import ObjGen


class Reachable:
    """Answers, and remembers, what content with certain resources may use, at any depth."""

    def __init__(self, is_asked_for: Callable[[object], bool]) -> None:
        self._is_asked_for = is_asked_for
        self._known: dict[ObjGen, frozenset[ObjGen]] = {}

    def of(self, resources: Object | None) -> frozenset[ObjGen]:
        """What content with these resources may use, also through forms, patterns, masks and glyphs.

        Only indirect objects have a number: a font that stands in the resources themselves is left out.
        """
        if not isinstance(resources, Dictionary):
            return frozenset()
        key = resources.objgen
        if key in self._known:
            return self._known[key]
        found = frozenset(one.objgen for one in _search(resources) if one.is_indirect and self._is_asked_for(one))
        if key != (0, 0):
            self._known[key] = found
        return found


class ReachableImages(Reachable):
    """Which image XObjects content with certain resources may draw."""

    def __init__(self) -> None:
        super().__init__(is_image)


class ReachableFonts(Reachable):
    """Which fonts content with certain resources may show text in."""

    def __init__(self) -> None:
        super().__init__(lambda one: isinstance(one, Dictionary))  # all other things that content uses are streams


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


def _search(resources: Dictionary) -> Iterator[Object]:
    seen: set[ObjGen] = set()
    pending: list[Object] = [resources]
    while pending:
        for used in _usable(pending.pop()):
            if used.is_indirect:
                if used.objgen in seen:
                    continue
                seen.add(used.objgen)
            yield used
            if not is_image(used) and Name.Resources in used:
                pending.append(used[Name.Resources])


def _usable(resources: Object) -> Iterator[Object]:
    """All that content with these resources may use: images, forms, patterns, mask groups, fonts."""
    for category in (Name.XObject, Name.Pattern):
        yield from (value for value in entries(resources, category).values() if isinstance(value, Stream))
    for state in entries(resources, Name.ExtGState).values():
        if group := soft_mask_group(state):
            yield group
    yield from (font for font in entries(resources, Name.Font).values() if isinstance(font, Dictionary))
