"""What PDF/A forbids a compressor to add to a document or to take from it, rule by rule.

Part 1 is ISO 19005-1:2005, part 2 ISO 19005-2:2011; part 3 (ISO 19005-3:2012) differs from 2 in what may be attached.
Rules are asked of a document before and after: what its maker did wrong is not the compressor's business.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from bulkpress_engine.filters import filters_of
from bulkpress_engine.inspection.pdfa import pdfa_part
from bulkpress_engine.objects import reachable_containers

HEADER = re.compile(rb"%PDF-1\.[0-7]\r?\n?%[\x80-\xff]{4,}")
END = re.compile(rb"startxref\s+\d+\s+%%EOF\r?\n?\Z")
IN_PDF_1_4 = frozenset({
    "/ASCIIHexDecode", "/ASCII85Decode", "/FlateDecode", "/RunLengthDecode", "/CCITTFaxDecode", "/JBIG2Decode",
    "/DCTDecode",
})  # fmt: skip
OPAQUE_MODES = frozenset({"/Normal", "/Compatible"})
ACTIONS_NEVER = frozenset({"/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/JavaScript"})

Rule = Callable[[Pdf, bytes], Iterator[str]]


def violations(path: Path) -> set[str]:
    """The clauses that a document breaks, of the part of PDF/A that it claims; none without a claim."""
    with Pdf.open(path) as pdf:
        rules = RULES.get(pdfa_part(pdf) or 0, {})
        written = path.read_bytes()
        return {f"{clause}: {found}" for clause, rule in rules.items() for found in rule(pdf, written)}


def _dictionaries(pdf: Pdf) -> Iterator[Dictionary | Stream]:
    return (holder for holder in reachable_containers(pdf) if isinstance(holder, Dictionary | Stream))


def _streams(pdf: Pdf) -> Iterator[Stream]:
    return (holder for holder in reachable_containers(pdf) if isinstance(holder, Stream))


def _header(_pdf: Pdf, written: bytes) -> Iterator[str]:
    if not HEADER.match(written):
        yield "no header at the very beginning with a comment of four high bytes after it"


def _trailer(pdf: Pdf, written: bytes) -> Iterator[str]:
    if Name.ID not in pdf.trailer:
        yield "no /ID"
    if Name.Encrypt in pdf.trailer:
        yield "encrypted"
    if not END.search(written[-64:]):
        yield "something after the end of the file"


def _no_object_streams(_pdf: Pdf, written: bytes) -> Iterator[str]:
    if re.search(rb"/Type\s*/(ObjStm|XRef)\b", written):
        yield "object or cross-reference streams, which are not in PDF 1.4"


def _stream_keys(pdf: Pdf, _written: bytes) -> Iterator[str]:
    if any(Name.F in stream or Name.FFilter in stream for stream in _streams(pdf)):
        yield "a stream whose data is elsewhere"


def _filters_of_1_4(pdf: Pdf, _written: bytes) -> Iterator[str]:
    used = {name for stream in _streams(pdf) for name, _ in filters_of(stream)}
    yield from (f"filter {name}" for name in sorted(used - IN_PDF_1_4))


def _filters(pdf: Pdf, _written: bytes) -> Iterator[str]:
    used = {name for stream in _streams(pdf) for name, _ in filters_of(stream)}
    yield from (f"filter {name}" for name in sorted(used & {"/LZWDecode", "/Crypt"}))


def _nothing_attached(pdf: Pdf, _written: bytes) -> Iterator[str]:
    if any(Name.EF in holder for holder in _dictionaries(pdf)) or Name.EmbeddedFiles in pdf.Root.get(
        Name.Names, Dictionary()
    ):
        yield "an embedded file"


def _no_layers(pdf: Pdf, _written: bytes) -> Iterator[str]:
    if Name.OCProperties in pdf.Root:
        yield "optional content"


def _output_intent(pdf: Pdf, _written: bytes) -> Iterator[str]:
    intents = [intent for intent in pdf.Root.get(Name.OutputIntents, Array()) if intent.get(Name.S) == Name.GTS_PDFA1]
    if not any(isinstance(intent.get(Name.DestOutputProfile), Stream) for intent in intents):
        yield "no output intent with a profile"


def _images(pdf: Pdf, _written: bytes) -> Iterator[str]:
    for image in _streams(pdf):
        if image.get(Name.Subtype) == Name.Image:
            if Name.Alternates in image or Name.OPI in image:
                yield "an image with alternates or OPI"
            if bool(image.get(Name.Interpolate, False)):
                yield "an interpolated image"


def _fonts(pdf: Pdf, _written: bytes) -> Iterator[str]:
    """Fonts are embedded (6.3.4), and those that are subsets say of what (6.3.5)."""
    for font in _dictionaries(pdf):
        if font.get(Name.Type) != Name.FontDescriptor:
            continue
        name = str(font.get(Name.FontName))
        if not any(key in font for key in (Name.FontFile, Name.FontFile2, Name.FontFile3)):
            yield f"{name} is not embedded"


def _subset_fonts(pdf: Pdf, _written: bytes) -> Iterator[str]:
    for font in _dictionaries(pdf):
        base, descriptor = str(font.get(Name.BaseFont)), font.get(Name.FontDescriptor)
        if not re.match(r"/[A-Z]{6}\+", base) or not isinstance(descriptor, Dictionary):
            continue
        if str(font.get(Name.Subtype)) in {"/CIDFontType0", "/CIDFontType2"} and Name.CIDSet not in descriptor:
            yield f"no /CIDSet for {base[8:]}"
        if font.get(Name.Subtype) == Name.Type1 and Name.CharSet not in descriptor:
            yield f"no /CharSet for {base[8:]}"


def _opaque(pdf: Pdf, _written: bytes) -> Iterator[str]:
    for holder in _dictionaries(pdf):
        mask, group = holder.get(Name.SMask), holder.get(Name.Group)
        if mask is not None and mask != Name("/None"):
            yield "a soft mask"
        if isinstance(group, Dictionary) and group.get(Name.S) == Name.Transparency:
            yield "a transparency group"
        if holder.get(Name.Type) == Name.ExtGState and any(holder.get(key, 1) != 1 for key in (Name.CA, Name.ca)):
            yield "constant alpha"
        if not _names(holder.get(Name.BM)) <= OPAQUE_MODES:
            yield "a blend mode"


def _names(value: Object | None) -> set[str]:
    return {str(one) for one in (value if isinstance(value, Array) else [value] if value is not None else [])}


def _actions(pdf: Pdf, _written: bytes) -> Iterator[str]:
    found = {str(holder[Name.S]) for holder in _dictionaries(pdf) if Name.S in holder} & ACTIONS_NEVER
    yield from (f"action {name}" for name in sorted(found))


def _plain_metadata(pdf: Pdf, _written: bytes) -> Iterator[str]:
    if Name.Filter in pdf.Root.get(Name.Metadata, Dictionary()):
        yield "metadata under a filter"


def _metadata(pdf: Pdf, _written: bytes) -> Iterator[str]:
    metadata = pdf.Root.get(Name.Metadata)
    if not isinstance(metadata, Stream) or b"<?xpacket begin" not in metadata.read_bytes():
        yield "no XMP packet"


PART_2: Mapping[str, Rule] = {
    "ISO 19005-2, 6.1.2": _header,
    "ISO 19005-2, 6.1.3": _trailer,
    "ISO 19005-2, 6.1.7.1": _stream_keys,
    "ISO 19005-2, 6.1.7.2": _filters,
    "ISO 19005-2, 6.2.3": _output_intent,
    "ISO 19005-2, 6.2.8.1": _images,
    "ISO 19005-2, 6.2.11.4.1": _fonts,
    "ISO 19005-2, 6.5.1": _actions,
    "ISO 19005-2, 6.6.2.1": _metadata,
}
RULES: Mapping[int, Mapping[str, Rule]] = {
    1: {
        "ISO 19005-1, 6.1.2": _header,
        "ISO 19005-1, 6.1.3": _trailer,
        "ISO 19005-1, 6.1.4": _no_object_streams,
        "ISO 19005-1, 6.1.7": _stream_keys,
        "ISO 19005-1, 6.1.10": _filters_of_1_4,
        "ISO 19005-1, 6.1.11": _nothing_attached,
        "ISO 19005-1, 6.1.13": _no_layers,
        "ISO 19005-1, 6.2.2": _output_intent,
        "ISO 19005-1, 6.2.4": _images,
        "ISO 19005-1, 6.3.4": _fonts,
        "ISO 19005-1, 6.3.5": _subset_fonts,
        "ISO 19005-1, 6.4": _opaque,
        "ISO 19005-1, 6.6.1": _actions,
        "ISO 19005-1, 6.7.2": _metadata,
        "ISO 19005-1, 6.7.2, of the catalogue": _plain_metadata,
    },
    2: PART_2,
    3: PART_2,
}
