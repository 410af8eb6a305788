"""Which fonts use a font program, and what they show (ISO 32000-2, 9.9).

A font is known only if everything that refers to it is a font resource that the walk has read: forms' default resources
(/DR), page templates and dictionaries unheard of are not. A simple font unknown so has 256 codes whoever shows them
(9.6.5); a composite one, or one that XFA may choose by its name, leaves its program whole.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeGuard

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from bulkpress_engine.fonts.facts import FontFacts, FontUse, ProgramKey
from bulkpress_engine.inspection.shown_text import ShownText
from bulkpress_engine.objects import Container, ObjGen, count_references, reachable_containers, spelt

ALL_CODES = frozenset(range(256))  # of a simple font: one byte each
SIMPLE = frozenset({"/TrueType", "/Type1", "/MMType1"})


def find_fonts(pdf: Pdf, shown: ShownText) -> tuple[FontFacts, ...]:
    """The embedded font programs that will be saved, in a fixed order."""
    families = list(_families([holder for holder in reachable_containers(pdf) if _is_font(holder)]))
    if not families:
        return ()
    involved = frozenset(part.objgen for family in families for part in family.parts if part.is_indirect)
    return _Users(count_references(reachable_containers(pdf), involved), shown, has_xfa=_has_xfa(pdf)).of(families)


def _has_xfa(pdf: Pdf) -> bool:
    form = pdf.Root.get(Name.AcroForm)
    return isinstance(form, Dictionary) and Name.XFA in form


def _is_font(holder: Container) -> TypeGuard[Dictionary]:
    """Whether this is a font with a program of its own or a font below it."""
    return isinstance(holder, Dictionary) and (Name.FontDescriptor in holder or Name.DescendantFonts in holder)


@dataclass(frozen=True, slots=True)
class _Family:
    """What leads from a font to its program. The leaf holds the descriptor: the font itself, or its CIDFont."""

    font: Dictionary
    leaf: Dictionary
    descriptor: Dictionary
    key: ProgramKey
    file: Stream

    @property
    def parts(self) -> tuple[Object, ...]:
        """All of it, each part referred to by those before it."""
        return (self.font, self.leaf, self.descriptor, self.file)


def _families(dictionaries: list[Dictionary]) -> Iterator[_Family]:
    """Every font with its program. A CIDFont that is no composite font's stands for itself."""
    composites = [holder for holder in dictionaries if Name.DescendantFonts in holder]
    descendants: set[ObjGen] = set()
    for font in composites:
        below = font.get(Name.DescendantFonts)
        for leaf in list(below) if isinstance(below, Array) else []:
            if isinstance(leaf, Dictionary):
                descendants.add(leaf.objgen)
                yield from _programs(font, leaf)
    for leaf in dictionaries:
        if Name.FontDescriptor in leaf and leaf.is_indirect and leaf.objgen not in descendants:
            yield from _programs(leaf, leaf)


def _programs(font: Dictionary, leaf: Dictionary) -> Iterator[_Family]:
    descriptor = leaf.get(Name.FontDescriptor)
    if not isinstance(descriptor, Dictionary):
        return
    for key in ProgramKey:
        file = descriptor.get(Name(key))
        if isinstance(file, Stream):
            yield _Family(font, leaf, descriptor, key, file)


class _Users:
    def __init__(self, references: Counter[ObjGen], shown: ShownText, *, has_xfa: bool) -> None:
        self._references, self._shown, self._has_xfa = references, shown, has_xfa
        self._unknown_fonts = shown.unknown()

    def of(self, families: list[_Family]) -> tuple[FontFacts, ...]:
        """Facts by program; copies of a program count as one, so that they stay copies."""
        strangers = self._with_strangers(families)
        one_each = {family.file.objgen: family for family in families}
        prints = {place: _fingerprint(family.file, family.key) for place, family in one_each.items()}
        by_program: dict[bytes, list[_Family]] = defaultdict(list)
        for family in families:
            by_program[prints[family.file.objgen]].append(family)
        return tuple(
            FontFacts(
                files=tuple(dict.fromkeys(family.file.objgen for family in members)),
                key=members[0].key,
                uses=tuple(self._use({family.font.objgen: family.font for family in members}.values())),
                is_known=not any(family.file.objgen in strangers for family in members),
                is_composite=any(family.font.get(Name.Subtype) == Name.Type0 for family in members),
            )
            for members in by_program.values()
        )

    def _use(self, fonts: Iterable[Dictionary]) -> Iterator[FontUse]:
        for font in fonts:
            is_open = self._is_open(font)
            codes = ALL_CODES if is_open else frozenset(self._shown.codes.get(font.objgen, ()))
            yield FontUse(font.objgen, codes, is_open)

    def _is_open(self, font: Dictionary) -> bool:
        """Whether others than the content that was read may show text in the font."""
        return font.objgen in self._unknown_fonts or self._references[font.objgen] != self._shown.named[font.objgen]

    def _with_strangers(self, families: list[_Family]) -> set[ObjGen]:
        """The files to which leads something that is no family of theirs, or a font whose codes nobody can list."""
        holders: dict[ObjGen, set[ObjGen]] = defaultdict(set)
        for family in families:
            descriptor, leaf, font = family.descriptor, family.leaf, family.font
            holders[family.file.objgen].add(descriptor.objgen if descriptor.is_indirect else leaf.objgen)
            if descriptor.is_indirect:
                holders[descriptor.objgen].add(leaf.objgen if leaf.is_indirect else font.objgen)
            if leaf.is_indirect and leaf.objgen != font.objgen:
                below = font.DescendantFonts
                holders[leaf.objgen].add(below.objgen if below.is_indirect else font.objgen)
        return {family.file.objgen for family in families if self._has_stranger(family, holders)}

    def _has_stranger(self, family: _Family, holders: dict[ObjGen, set[ObjGen]]) -> bool:
        font = family.font
        if not font.is_indirect:
            return True
        if self._is_open(font) and (self._has_xfa or spelt(font.get(Name.Subtype)) not in SIMPLE):
            return True
        return any(
            self._references[part.objgen] != len(holders[part.objgen])
            for part in family.parts[1:]
            if part.is_indirect and part.objgen != font.objgen
        )


def _fingerprint(file: Stream, key: ProgramKey) -> bytes:
    """Equal for programs that merging would make one."""
    digest = blake2b(file.read_raw_bytes(), digest_size=32)
    for entry in (key, *(spelt(file.get(name)) for name in (Name.Filter, Name.DecodeParms, Name.Subtype))):
        digest.update(entry.encode("utf-8", "surrogateescape"))
    return digest.digest()
