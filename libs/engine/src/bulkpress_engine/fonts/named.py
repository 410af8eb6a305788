"""Which glyphs, in programs that name them, the codes of simple fonts lead to (ISO 32000-2, 9.6.5)."""

from collections.abc import Iterable, Sequence

from bulkpress_engine.fonts.encodings import NOTDEF, characters, read_encoding
from bulkpress_engine.fonts.subset import Shown


def names_shown(shown: Iterable[Shown], glyphs: Sequence[str], own_encoding: Sequence[str]) -> set[str]:
    """Those of `glyphs` that are shown: by name, by a name for the same character, by the program's own encoding."""
    names: set[str] = set()
    for use in shown:
        encoding = read_encoding(use.font)
        for code in use.codes:
            names |= encoding.names(code) | {own_encoding[code]}
    meant = {character for name in names for character in characters(name)}
    found = {name for name in glyphs if name in names or characters(name) & meant}
    # Readers choose how to look glyphs up by whether the program's own encoding leads to any: one that does stays so.
    encoded = [name for name in glyphs if name in set(own_encoding) and name != NOTDEF]
    return found if found.intersection(encoded) else found.union(encoded[:1])


def codes_of_own_encoding(shown: Iterable[Shown]) -> set[int]:
    """The codes whose glyphs font dictionaries leave to the program."""
    codes: set[int] = set()
    for use in (use for use in shown if not use.is_composite):
        encoding = read_encoding(use.font)
        if encoding.base is None:
            codes |= use.codes - encoding.differences.keys()
    return codes
