"""Which character codes are shown in each font, wherever text is shown: also hidden text (9.3.6, mode 3)."""

import sys
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from pikepdf import Dictionary, Name, Object

from bulkpress_engine.inspection.graphics_state import CurrentFont
from bulkpress_engine.inspection.resources import entries
from bulkpress_engine.objects import ObjGen


class ShownText:
    """Codes by font dictionary, and the fonts that may show codes that nobody knows of.

    Codes of composite fonts are taken to be of two bytes: of other CMaps they say nothing.
    """

    def __init__(self) -> None:
        self.codes: defaultdict[ObjGen, set[int]] = defaultdict(set)
        self.named: Counter[ObjGen] = Counter()  # how many of the font resources that were read name the font
        self._unknown: set[ObjGen] = set()
        self._fonts_by_name: defaultdict[str, set[ObjGen]] = defaultdict(set)
        self._missing_names: set[str] = set()
        self._read: set[ObjGen] = set()

    def show(self, font: CurrentFont, strings: Iterable[bytes | None]) -> None:
        """Note that strings are shown in a font; None stands for one that cannot be read."""
        codes = self.codes[font.key]
        for string in strings:
            if string is None:
                self._unknown.add(font.key)
            elif font.is_composite:
                codes.update(_pairs(string))
            else:
                codes.update(string)

    def read_with(self, resources: Object | None, owner: ObjGen) -> None:
        """Note that content is read with these font resources, which are `owner`'s unless they are indirect."""
        named = resources.get(Name.Font) if isinstance(resources, Dictionary) else None
        if not isinstance(named, Dictionary):
            return
        place = named.objgen if named.is_indirect else owner
        if place in self._read or place == (0, 0):
            return
        self._read.add(place)
        for name, font in entries(resources, Name.Font).items():
            if isinstance(font, Object):
                self.named[font.objgen] += 1
                self._fonts_by_name[name].add(font.objgen)

    def miss(self, name: str) -> None:
        """Note that content sets a font that its resources have not: some readers look into those of the page."""
        self._missing_names.add(name)

    def leave(self, fonts: Iterable[ObjGen]) -> None:
        """Note that fonts are used in content that could not be read, or by programs in ways unknown."""
        self._unknown.update(fonts)

    def unknown(self) -> frozenset[ObjGen]:
        """The fonts that may show more than `codes`."""
        strayed = (self._fonts_by_name[name] for name in self._missing_names if name in self._fonts_by_name)
        return frozenset(self._unknown.union(*strayed))


def _pairs(string: bytes) -> Sequence[int]:
    """A string as codes of two bytes, high byte first. What is left of an odd one is read as either half of a code."""
    pairs = array("H", string[: len(string) & ~1])
    if sys.byteorder == "little":
        pairs.byteswap()
    if len(string) % 2:
        pairs.extend([string[-1], string[-1] << 8])
    return pairs
