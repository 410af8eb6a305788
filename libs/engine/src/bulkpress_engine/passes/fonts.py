"""The font programs: only with the glyphs that are shown. One that is strange is left as it was and counted."""

from collections import Counter
from hashlib import blake2b

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from bulkpress_engine.filters import UndecodableStreamError, content_bytes, deflated_well
from bulkpress_engine.fonts.facts import FontFacts, ProgramKey
from bulkpress_engine.fonts.reasons import FontKeepReason, FontLeftError
from bulkpress_engine.fonts.smaller import smaller_program
from bulkpress_engine.fonts.subset import NewProgram, Shown
from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.objects import spelt, streams_of
from bulkpress_engine.options import Limits
from bulkpress_engine.planning import Plan
from bulkpress_engine.report import PassReport

LENGTHS = (Name.Length1, Name.Length2, Name.Length3)
TAG_LETTERS = 6  # a subset's name begins with as many and a plus sign (ISO 32000-2, 9.9.2)


def press_fonts(pdf: Pdf, plan: Plan, facts: DocumentFacts, limits: Limits) -> PassReport:  # noqa: ARG001
    """Subset the font programs that the plan names."""
    decisions: Counter[str] = Counter()
    saved = 0
    for font, reason in plan.fonts.items():
        if reason is not None:
            decisions[reason] += 1
            continue
        try:
            saved += _press(pdf, font, plan, limits)
        except FontLeftError as error:
            decisions[error.reason] += 1
        else:
            decisions["converted" if font.key is ProgramKey.TYPE1 else "subsetted"] += 1
    changed = decisions["converted"] + decisions["subsetted"]
    return PassReport("press_fonts", changed, saved, dict(sorted(decisions.items())))


def _press(pdf: Pdf, font: FontFacts, plan: Plan, limits: Limits) -> int:
    """Store one program smaller; the bytes saved, of one copy. Raises FontLeftError."""
    files = list(streams_of(pdf, font.files))
    try:
        program = content_bytes(files[0], limits.stream_bytes)
    except UndecodableStreamError as error:
        raise FontLeftError(FontKeepReason.DAMAGED) from error
    shown = [_shown(pdf.get_object(use.font), use.codes) for use in font.uses]
    new = smaller_program(program, font.key, files[0].get(Name.Subtype), shown)
    data = deflated_well(new.data, plan.deflate_level)
    before = min(len(files[0].read_raw_bytes()), len(deflated_well(program, plan.deflate_level)))
    if len(data) >= before:
        raise FontLeftError(FontKeepReason.NOT_SMALLER)
    for file in files:
        _store(file, data, new)
    # Programs that fill forms pass over fonts called subsets; an open one still has all that they can show in it.
    is_subset = new.glyphs < new.glyphs_before and not any(use.is_open for use in font.uses)
    for use in shown:
        _describe(use, new, lists_glyphs=plan.lists_glyphs, is_subset=is_subset)
    return before - len(data)


def _shown(font: Object, codes: frozenset[int]) -> Shown:
    """A font with its CIDFont, if it is composite; a simple font has its descriptor itself."""
    below = font.get(Name.DescendantFonts)
    leaf = below[0] if isinstance(below, Array) and len(below) == 1 else font
    if not isinstance(font, Dictionary) or not isinstance(leaf, Dictionary):
        raise FontLeftError(FontKeepReason.DAMAGED)
    return Shown(font, leaf, codes)


def _store(file: Stream, data: bytes, new: NewProgram) -> None:
    """Give a font file its new data, and its dictionary what must be said of it (9.9.1)."""
    file.write(data, filter=Name.FlateDecode)
    for name in LENGTHS:
        if name in file:
            del file[name]
    for key, length in new.lengths.items():
        file[Name(key)] = length
    if new.subtype:
        file.Subtype = Name(new.subtype)


def _describe(use: Shown, new: NewProgram, *, lists_glyphs: bool, is_subset: bool) -> None:
    """Let the dictionaries say what the program now is: a subset, by its name, and of which glyphs (9.8)."""
    descriptor = use.leaf.FontDescriptor
    if Name.FontFile in descriptor and new.subtype:
        descriptor.FontFile3 = descriptor.FontFile
        del descriptor.FontFile
    if Name.CIDSet in descriptor:  # optional, deprecated, and no longer true
        del descriptor[Name.CIDSet]
    if new.names and (lists_glyphs or Name.CharSet in descriptor):
        descriptor.CharSet = String("".join(f"/{name}" for name in new.names))
    if is_subset:
        tag = _tag(new.data)
        for holder, key in ((use.font, Name.BaseFont), (use.leaf, Name.BaseFont), (descriptor, Name.FontName)):
            name = holder.get(key)
            if isinstance(name, Name) and not _has_tag(name):
                holder[key] = Name(f"/{tag}+{str(name).removeprefix('/')}")


def _tag(data: bytes) -> str:
    """Six capital letters that follow from the program."""
    number = int.from_bytes(blake2b(data, digest_size=8).digest(), "big")
    return "".join(chr(ord("A") + number // 26**place % 26) for place in range(TAG_LETTERS))


def _has_tag(name: Name) -> bool:
    written = spelt(name).removeprefix("/")
    return written[TAG_LETTERS : TAG_LETTERS + 1] == "+" and written[:TAG_LETTERS].isalpha()
