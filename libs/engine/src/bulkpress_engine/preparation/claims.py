"""XMP as far as it binds a document: the standards that it claims to follow, and its title (ISO 16684-1).

All else in XMP is about who made the document, when and with what.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from xml.sax.saxutils import escape

from pikepdf import Dictionary, Name, Pdf, Stream

from bulkpress_engine.filters import UndecodableStreamError, content_bytes
from bulkpress_engine.inspection.pdfa import MAX_METADATA_BYTES

PDFA = "http://www.aiim.org/pdfa/ns/id/"
TITLE = "{http://purl.org/dc/elements/1.1/}title"


class Schema(NamedTuple):
    """Properties of one namespace. `is_predefined`: PDF/A asks for no description of it (ISO 19005-2, 6.6.2.3)."""

    prefix: str
    uri: str
    properties: Sequence[str]
    is_predefined: bool = True

    def keys(self) -> Iterable[str]:
        """The properties as pikepdf names them."""
        return (f"{{{self.uri}}}{name}" for name in self.properties)


ARCHIVAL = Schema("pdfaid", PDFA, ("part", "conformance", "amd", "corr", "rev"))
UNIVERSAL = Schema("pdfuaid", "http://www.aiim.org/pdfua/ns/id/", ("part", "amd", "corr", "rev"), is_predefined=False)
PRINTED = (
    Schema("pdfxid", "http://www.npes.org/pdfx/ns/id/", ("GTS_PDFXVersion",), is_predefined=False),
    Schema("pdfx", "http://ns.adobe.com/pdfx/1.3/", ("GTS_PDFXVersion", "GTS_PDFXConformance"), is_predefined=False),
)
# What PDF/X asks for besides its own name (ISO 15930-7, 6.15).
WITH_PRINTED = (
    Schema("xmp", "http://ns.adobe.com/xap/1.0/", ("CreateDate", "ModifyDate", "MetadataDate")),
    Schema("pdf", "http://ns.adobe.com/pdf/1.3/", ("Trapped",)),
    Schema("xmpMM", "http://ns.adobe.com/xap/1.0/mm/", ("DocumentID", "VersionID", "RenditionClass")),
)
INFO_OF_PRINTED = frozenset({"/GTS_PDFXVersion", "/GTS_PDFXConformance", "/Trapped", "/Title", "/CreationDate",
                             "/ModDate", "/Creator", "/Producer"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Binding:
    """What must stay of a document's metadata: XMP properties with their texts, and the keys of /Info."""

    properties: Mapping[str, str]
    info_keys: frozenset[str]


def binding(pdf: Pdf) -> Binding:
    """What binds the document: its claims, what these ask for, and a title that is shown instead of the file's name."""
    said = _said(pdf)
    info = pdf.trailer.get(Name.Info)
    schemas = [ARCHIVAL, UNIVERSAL, *PRINTED]
    is_printed = isinstance(info, Dictionary) and "/GTS_PDFXVersion" in info
    if is_printed or any(key in said for one in PRINTED for key in one.keys()):  # noqa: SIM118  (not a dict)
        schemas += WITH_PRINTED
        is_printed = True
    wanted = {key for one in schemas for key in one.keys()}  # noqa: SIM118
    has_title = is_printed or _shows_title(pdf) or any(key in said for key in UNIVERSAL.keys())  # noqa: SIM118
    wanted |= {TITLE} if has_title else set()
    titles = {"/Title"} if has_title else set()
    return Binding(
        {key: text for key, text in said.items() if key in wanted}, INFO_OF_PRINTED if is_printed else frozenset(titles)
    )


def packet_of(properties: Mapping[str, str]) -> bytes:
    """An XMP packet with these properties and nothing else."""
    schemas = [one for one in (ARCHIVAL, UNIVERSAL, *PRINTED, *WITH_PRINTED) if properties.keys() & set(one.keys())]
    spaces = "".join(f' xmlns:{one.prefix}="{one.uri}"' for one in schemas)
    lines = [
        f"<{one.prefix}:{name}>{escape(properties[key])}</{one.prefix}:{name}>"
        for one in schemas
        for name, key in zip(one.properties, one.keys(), strict=True)
        if key in properties
    ]
    if TITLE in properties:
        spaces += ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
        text = escape(properties[TITLE])
        lines.append(f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{text}</rdf:li></rdf:Alt></dc:title>')
    if properties.keys() & set(ARCHIVAL.keys()):
        lines += _descriptions([one for one in schemas if not one.is_predefined])
    body = "\n".join(lines)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        f'<rdf:Description rdf:about=""{spaces}>\n{body}\n</rdf:Description></rdf:RDF></x:xmpmeta>\n'
        '<?xpacket end="w"?>'
    ).encode()


def _said(pdf: Pdf) -> dict[str, str]:
    """The XMP properties that are plain text; none where it cannot be read."""
    metadata = pdf.Root.get(Name.Metadata)
    if not isinstance(metadata, Stream):
        return {}
    try:
        content_bytes(metadata, MAX_METADATA_BYTES)
    except UndecodableStreamError:
        return {}
    return {str(key): text for key, text in pdf.open_metadata().items() if isinstance(text, str)}


def _shows_title(pdf: Pdf) -> bool:
    """Whether readers show the title in the window's bar (ISO 32000-2, table 147)."""
    preferences = pdf.Root.get(Name.ViewerPreferences)
    return isinstance(preferences, Dictionary) and bool(preferences.get(Name.DisplayDocTitle, False))


def _descriptions(schemas: Sequence[Schema]) -> list[str]:
    """What PDF/A wants to be told of schemas that it does not know (ISO 19005-2, 6.6.2.3.3)."""
    if not schemas:
        return []
    spaces = (
        ' xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
        ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
        ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"'
    )
    return [
        f"<pdfaExtension:schemas{spaces}><rdf:Bag>",
        *(_description(schema) for schema in schemas),
        "</rdf:Bag></pdfaExtension:schemas>",
    ]


def _description(schema: Schema) -> str:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        f"<pdfaProperty:valueType>{'Integer' if name == 'part' else 'Text'}</pdfaProperty:valueType>"
        "<pdfaProperty:category>internal</pdfaProperty:category>"
        "<pdfaProperty:description>Identifies a standard</pdfaProperty:description></rdf:li>"
        for name in schema.properties
    )
    return (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Identification of a standard</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{schema.uri}</pdfaSchema:namespaceURI>"
        f"<pdfaSchema:prefix>{schema.prefix}</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
