"""Documents with embedded fonts (ISO 32000-2, 9): simple and composite, from the programs of `font_programs`."""

from pikepdf import Array, Dictionary, Name, Object, Page, Pdf

from tests.support.pdf_factory import font_programs, type1_programs
from tests.support.pdf_factory.font_programs import GLYPHS
from tests.support.pdf_factory.pages import A6_PT, saved

SYMBOLIC, NONSYMBOLIC = 4, 32
WIDTHS = [600] * 256


def descriptor(pdf: Pdf, program: bytes, key: str, *, flags: int = NONSYMBOLIC, subtype: str | None = None) -> Object:
    """A font descriptor that holds the program under `key`."""
    file = pdf.make_stream(program)
    if key == "FontFile":
        file.Length1 = program.index(b"eexec") + 6
        file.Length2, file.Length3 = len(program) - file.Length1 - 532, 532
    elif subtype:
        file.Subtype = Name(f"/{subtype}")
    else:
        file.Length1 = len(program)
    made = Dictionary(
        Type=Name.FontDescriptor, FontName=Name.Factory, Flags=flags, FontBBox=Array([0, -200, 1000, 800]),
        ItalicAngle=0, Ascent=800, Descent=-200, CapHeight=700, StemV=80,
    )  # fmt: skip
    made[Name(f"/{key}")] = file
    return pdf.make_indirect(made)


def simple_font(pdf: Pdf, described: Object, *, subtype: str = "TrueType", encoding: Object | None = None) -> Object:
    """A simple font with all its widths 600."""
    font = Dictionary(
        Type=Name.Font, Subtype=Name(f"/{subtype}"), BaseFont=Name.Factory, FirstChar=0, LastChar=255,
        Widths=Array(WIDTHS), FontDescriptor=described,
    )  # fmt: skip
    if encoding is not None:
        font.Encoding = encoding
    return pdf.make_indirect(font)


def composite_font(pdf: Pdf, described: Object, *, subtype: str = "CIDFontType2", gids: bytes | None = None) -> Object:
    """A Type 0 font whose codes are CIDs; `gids` is what its CIDToGIDMap holds, which is /Identity without it."""
    leaf = Dictionary(
        Type=Name.Font, Subtype=Name(f"/{subtype}"), BaseFont=Name.Factory, FontDescriptor=described, DW=600,
        CIDSystemInfo=Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
    )  # fmt: skip
    if subtype == "CIDFontType2":
        leaf.CIDToGIDMap = pdf.make_stream(gids) if gids is not None else Name.Identity
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=Name.Factory, Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(leaf)]),
    )  # fmt: skip
    return pdf.make_indirect(font)


def true_type_font(pdf: Pdf) -> Object:
    """The plainest of them: TrueType in WinAnsiEncoding, with all of GLYPHS and 3 kB that no reader asks for."""
    program = font_programs.true_type(layout_bytes=3000)
    return simple_font(pdf, descriptor(pdf, program, "FontFile2"), encoding=Name.WinAnsiEncoding)


def add_page(pdf: Pdf, content: bytes, **fonts: Object) -> Page:
    """Append an A6 page whose content may use `fonts` by their names."""
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, *A6_PT]),
        Resources=Dictionary(Font=Dictionary({f"/{name}": font for name, font in fonts.items()})),
        Contents=pdf.make_stream(content),
    )
    pdf.pages.append(Page(pdf.make_indirect(page)))
    return pdf.pages[-1]


def written(string: bytes, *, font: str = "F1", y_pt: float = 300) -> bytes:
    """Content that shows a string, written as content writes it, in 20 pt."""
    return f"BT /{font} 20 Tf 10 {y_pt:g} Td ".encode() + string + b" Tj ET\n"


def true_type_text() -> bytes:
    """One line in an embedded TrueType font, of which it uses six glyphs of 56."""
    pdf = Pdf.new()
    add_page(pdf, written(b"(FACTORY)"), F1=true_type_font(pdf))
    return saved(pdf)


def type1_text() -> bytes:
    """A line in an embedded Type 1 font, by its own encoding."""
    pdf = Pdf.new()
    described = descriptor(pdf, type1_programs.type1(), "FontFile")
    add_page(pdf, written(b"(TYPE)"), F1=simple_font(pdf, described, subtype="Type1"))
    return saved(pdf)


def compact_text() -> bytes:
    """One line in an embedded CFF font, by its own encoding, and one in a CID-keyed one."""
    pdf = Pdf.new()
    named = simple_font(pdf, descriptor(pdf, font_programs.compact(), "FontFile3", subtype="Type1C"), subtype="Type1")
    keyed = font_programs.compact(cid_keyed=True)
    composite = composite_font(
        pdf, descriptor(pdf, keyed, "FontFile3", subtype="CIDFontType0C"), subtype="CIDFontType0"
    )
    cids = font_programs.pairs([100 + GLYPHS.index(name) - 1 for name in "CID"])
    add_page(pdf, written(b"(CFF)") + written(cids, font="F2", y_pt=200), F1=named, F2=composite)
    return saved(pdf)
