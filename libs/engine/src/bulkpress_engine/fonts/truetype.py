"""TrueType programs (ISO 32000-2, 9.6.5.4 and 9.7.4.2) with only the glyphs that are shown, at their old indexes.

Readers differ in how they find the glyph of a code in a simple font. Every glyph that some rule reaches is kept, so
that each reader finds what it found before.
"""

import struct
from collections.abc import Iterable, Sequence
from functools import cached_property

from pikepdf import Name, Object, Stream

from bulkpress_engine.filters import UndecodableStreamError, content_bytes
from bulkpress_engine.fonts.cmap import CharacterMap, read_cmap, write_cmap
from bulkpress_engine.fonts.encodings import MAC_CODES, characters, read_encoding
from bulkpress_engine.fonts.glyf import GlyphTables, read_glyphs, with_components, written_glyphs
from bulkpress_engine.fonts.post import read_post_names, write_post
from bulkpress_engine.fonts.reasons import FontKeepReason, FontLeftError
from bulkpress_engine.fonts.sfnt import Sfnt, read_sfnt, write_sfnt
from bulkpress_engine.fonts.subset import NewProgram, Shown, has_identity_cmap
from bulkpress_engine.objects import spelt

TAKEN_OVER = ("cvt ", "fpgm", "prep", "gasp")  # what scales and hints glyphs; layout is done before text is in a PDF
SYMBOL_PAGES = (0x0000, 0xF000, 0xF100, 0xF200)  # where (3, 0) maps keep their 256 codes
MAP_BYTES = 2 * 0x10000


def subset_truetype(program: bytes, shown: Sequence[Shown]) -> NewProgram:
    """Keep the glyphs that `shown` may reach. Raises FontLeftError."""
    font = read_sfnt(program)
    tables = read_glyphs(font)
    finder = _Finder(font, tables.count)
    roots = {0}
    for use in shown:
        roots |= _of_cids(use) if use.is_composite else finder.of_codes(use)
    kept = with_components(tables, roots)
    new = {name: font.tables[name] for name in TAKEN_OVER if name in font.tables} | written_glyphs(tables, kept)
    count = max(kept) + 1
    new |= _counted(font, new, count, min(tables.long_metrics, count)) | finder.written(kept, count)
    data = write_sfnt(font.version, new)
    _prove(read_glyphs(read_sfnt(data)), tables, kept)
    return NewProgram(data, tables.count, len(kept), {"/Length1": len(data)})


class _Finder:
    """Finds glyphs of simple fonts, and knows what of the tables cmap and post is needed to find them again."""

    def __init__(self, font: Sfnt, count: int) -> None:
        self._font, self._count = font, count
        self._maps: list[CharacterMap] | None = None  # read when a simple font asks
        self._post_names: dict[int, str] = {}

    def of_codes(self, use: Shown) -> set[int]:
        """The glyphs that the codes of a simple font reach by any rule."""
        if self._maps is None:
            self._maps = read_cmap(self._font.tables["cmap"]) if "cmap" in self._font.tables else []
        encoding = read_encoding(use.font)
        found: set[int] = set()
        for code in use.codes:
            names = encoding.names(code)
            glyphs = self._mapped(page + code for page in SYMBOL_PAGES)
            named = self._mapped(key for name in names for key in _keys(name)) or self._by_post(names)
            # Without a map, some readers take the code for the glyph's index.
            found |= {glyph for glyph in glyphs | named if glyph < self._count} or {code}
        return found | self._anchors(found)

    def _anchors(self, found: set[int]) -> set[int]:
        """A glyph for each map that would have none left: readers choose among maps by whether they find anything."""
        anchors: set[int] = set()
        for one in self._maps or []:
            glyphs = {
                glyph for code, glyph in one.glyphs.items() if code & ~0xFF in SYMBOL_PAGES and glyph < self._count
            }
            if glyphs and not glyphs & found:
                anchors.add(min(glyphs))
        return anchors

    def written(self, kept: set[int], count: int) -> dict[str, bytes]:
        """The tables by which these glyphs are found among `count`."""
        tables = {"cmap": write_cmap(self._maps, kept)} if self._maps else {}
        if self._post_names:
            tables["post"] = write_post(self._font.tables["post"], self._post_names, count)
        return tables

    def _mapped(self, keys: Iterable[int]) -> set[int]:
        maps = self._maps or []
        return {one.glyphs[key] for key in set(keys) for one in maps if key in one.glyphs}

    def _by_post(self, names: set[str]) -> set[int]:
        """The glyphs with one of these names; their names will be needed."""
        found = {glyph: name for name in names for glyph in self._glyphs_by_name.get(name, ())}
        self._post_names.update(found)
        return set(found)

    @cached_property
    def _glyphs_by_name(self) -> dict[str, list[int]]:
        glyphs: dict[str, list[int]] = {}
        for glyph, name in read_post_names(self._font.tables.get("post", b""), self._count).items():
            glyphs.setdefault(name, []).append(glyph)
        return glyphs


def _keys(name: str) -> set[int]:
    """What character maps may have a glyph of this name under: its character, or its code on a Macintosh."""
    return characters(name) | ({MAC_CODES[name]} if name in MAC_CODES else set())


def _of_cids(use: Shown) -> set[int]:
    """The glyphs of a composite font whose codes are its CIDs. Raises FontLeftError for other encodings."""
    if not has_identity_cmap(use.font):
        raise FontLeftError(FontKeepReason.UNUSUAL_ENCODING)
    mapping = use.leaf.get(Name.CIDToGIDMap)
    if isinstance(mapping, Stream):
        return _through_map(mapping, use.codes)
    if mapping is not None and spelt(mapping) != "/Identity":
        raise FontLeftError(FontKeepReason.UNUSUAL_ENCODING)
    return set(use.codes)


def _through_map(mapping: Object, cids: Iterable[int]) -> set[int]:
    try:
        table = content_bytes(mapping, MAP_BYTES) if isinstance(mapping, Stream) else b""
    except UndecodableStreamError as error:
        raise FontLeftError(FontKeepReason.UNUSUAL_ENCODING) from error
    return {struct.unpack_from(">H", table, 2 * cid)[0] for cid in cids if 2 * cid + 2 <= len(table)}


def _counted(font: Sfnt, new: dict[str, bytes], count: int, long_metrics: int) -> dict[str, bytes]:
    """The tables head, hhea and maxp, which say how many glyphs there are and how wide loca is."""
    is_long = len(new["loca"]) == 4 * (count + 1)
    head, hhea, maxp = font.table("head"), font.table("hhea"), font.table("maxp")
    return {
        "head": head[:50] + struct.pack(">h", is_long) + head[52:54],
        "hhea": hhea[:34] + struct.pack(">H", long_metrics),
        "maxp": maxp[:4] + struct.pack(">H", count) + maxp[6:],
    }


def _prove(new: GlyphTables, old: GlyphTables, kept: set[int]) -> None:
    """Compare every glyph that is kept, as it is read back. Raises FontLeftError where one differs."""
    for glyph in kept:
        outline, before = new.outline(glyph), old.outline(glyph)
        same_outline = outline == before or outline == before + bytes(-len(before) % 2)
        if not same_outline or new.advance_and_bearing(glyph) != old.advance_and_bearing(glyph):
            raise FontLeftError(FontKeepReason.NOT_PROVEN)
