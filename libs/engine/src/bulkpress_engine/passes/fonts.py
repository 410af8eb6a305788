"""The font programs: only with the glyphs that are shown. One that is strange is left as it was and counted."""

from collections import Counter
from hashlib import blake2b

from pikepdf import Array, Dictionary, Name, Object, Pdf, String

from bulkpress_engine.filters import UndecodableStreamError, content_bytes, deflated
from bulkpress_engine.fonts.facts import FontFacts
from bulkpress_engine.fonts.reasons import FontKeepReason, FontLeftError
from bulkpress_engine.fonts.smaller import smaller_program
from bulkpress_engine.fonts.subset import NewProgram, Shown
from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.objects import spelt, streams_of
from bulkpress_engine.options import Limits
from bulkpress_engine.planning import Plan
from bulkpress_engine.report import PassReport

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
            decisions["subsetted"] += 1
        except FontLeftError as error:
            decisions[error.reason] += 1
    return PassReport("press_fonts", decisions["subsetted"], saved, dict(sorted(decisions.items())))


def _press(pdf: Pdf, font: FontFacts, plan: Plan, limits: Limits) -> int:
    """Store one program smaller; the bytes saved, of one copy. Raises FontLeftError."""
    files = list(streams_of(pdf, font.files))
    try:
        program = content_bytes(files[0], limits.stream_bytes)
    except UndecodableStreamError as error:
        raise FontLeftError(FontKeepReason.DAMAGED) from error
    shown = [_shown(pdf.get_object(use.font), use.codes) for use in font.uses]
    new = smaller_program(program, font.key, files[0].get(Name.Subtype), shown)
    data = deflated(new.data, plan.deflate_level)
    before = min(len(files[0].read_raw_bytes()), len(deflated(program, plan.deflate_level)))
    if len(data) >= before:
        raise FontLeftError(FontKeepReason.NOT_SMALLER)
    for file in files:
        file.write(data, filter=Name.FlateDecode)
        for name, length in new.lengths.items():
            file[Name(name)] = length
    for use in shown:
        _describe(use, new)
    return before - len(data)


def _shown(font: Object, codes: frozenset[int]) -> Shown:
    """A font with its CIDFont, if it is composite; a simple font has its descriptor itself."""
    below = font.get(Name.DescendantFonts)
    leaf = below[0] if isinstance(below, Array) and len(below) == 1 else font
    if not isinstance(font, Dictionary) or not isinstance(leaf, Dictionary):
        raise FontLeftError(FontKeepReason.DAMAGED)
    return Shown(font, leaf, codes)


def _describe(use: Shown, new: NewProgram) -> None:
    """Let the dictionaries say what the program now is: a subset, by its name, and of which glyphs (9.8)."""
    descriptor = use.leaf.FontDescriptor
    if Name.CIDSet in descriptor:  # optional, deprecated, and no longer true
        del descriptor[Name.CIDSet]
    if Name.CharSet in descriptor:
        descriptor.CharSet = String("".join(f"/{name}" for name in new.names))
    if new.glyphs < new.glyphs_before:
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
