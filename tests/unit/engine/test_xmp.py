"""XMP loses the room that it keeps for changes and what editing programs keep in it, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pikepdf import Array, Dictionary, Name, Pdf

from bulkpress_engine.inspection import inspect
from bulkpress_engine.options import DEFAULT_LIMITS, Level, PressOptions, Step, Without
from bulkpress_engine.passes.metadata import trim_metadata
from bulkpress_engine.planning import make_plan
from bulkpress_engine.press import press
from bulkpress_engine.xmp import without_private
from tests.support.pdf_factory import pages

PACKET = b"<?xpacket begin='' id='x'?><a>  b  </a>"
SPACE_OF = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xap": "http://ns.adobe.com/xap/1.0/",
    "mm": "http://ns.adobe.com/xap/1.0/mm/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "crs": "http://ns.adobe.com/camera-raw-settings/1.0/",
}
KEPT = [
    "<dc:title>A &lt;title&gt; &amp; more</dc:title>",
    "<dc:rights>Ours</dc:rights>",
    "<mm:DocumentID>uuid:1</mm:DocumentID>",
    "<xap:CreateDate>2010-12-26T11:15:48Z</xap:CreateDate>",
    "<xap:Label/>",
    "<dc:source><mm:History>no property of the document</mm:History></dc:source>",
]
PRIVATE = [
    "<mm:History><rdf:Seq><rdf:li>saved</rdf:li><rdf:li/></rdf:Seq></mm:History>",
    "<xap:Thumbnails>/9j/4AAQSkZJRg==</xap:Thumbnails>",
    "<xap:Thumbnails note='a > b'/>",
    "<crs:Exposure>1</crs:Exposure>",
    "<exif:NativeDigest>1,2;AB</exif:NativeDigest>",
]


def packet_of(properties: list[str], attributes: str = "") -> bytes:
    spaces = " ".join(f"xmlns:{prefix}='{space}'" for prefix, space in SPACE_OF.items())
    said = "\n".join(properties)
    return (
        "<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>"
        f"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' {spaces}>"
        f"<rdf:Description rdf:about=''{attributes}>{said}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    ).encode()


def said_by(packet: bytes) -> bytes:
    """The packet without any space, which parts nothing in these."""
    return b"".join(packet.split())


@pytest.mark.parametrize(
    ("packet", "trimmed"),
    [
        (PACKET + b" \n" * 900 + b"<?xpacket end='w'?>", PACKET + b"\n<?xpacket end='w'?>"),
        (PACKET + b" \n" * 900 + b'<?xpacket end="r"?>\n\n', PACKET + b'\n<?xpacket end="r"?>'),
        (PACKET + b"<?xpacket end='w'?>", PACKET + b"<?xpacket end='w'?>"),
        (PACKET + b"  ", PACKET + b"  "),  # no packet that ends
        (PACKET.decode().encode("utf-16"), PACKET.decode().encode("utf-16")),
    ],
)
@pytest.mark.parametrize("without", [Without(), Without({Step.STRUCTURE})])
def test_padding_goes(packet: bytes, trimmed: bytes, without: Without) -> None:
    pdf = Pdf.new()
    pages.add_page(pdf, b"")
    pdf.Root.Metadata = pdf.make_stream(packet, Type=Name.Metadata, Subtype=Name.XML)
    facts = inspect(pdf, DEFAULT_LIMITS)
    report = trim_metadata(pdf, make_plan(facts, PressOptions(), DEFAULT_LIMITS, without), facts, DEFAULT_LIMITS)
    expected = packet if without else trimmed
    assert pdf.Root.Metadata.read_raw_bytes() == expected
    assert report.bytes_saved == len(packet) - len(expected)


@given(some.lists(some.sampled_from([*KEPT, *PRIVATE]), max_size=8))
def test_of_any_properties_the_private_ones_go(properties: list[str]) -> None:
    left = without_private(packet_of(properties))
    expected = packet_of([one for one in properties if one not in PRIVATE])
    assert said_by(left) == said_by(expected)


def test_private_properties_that_are_attributes_go() -> None:
    packet = packet_of(
        [], " dc:format='image/tiff' exif:NativeDigest=\"1,2;AB\"\n crs:Tint = '+4' mm:DocumentID='uuid:1'"
    )
    assert without_private(packet) == packet_of([], " dc:format='image/tiff' mm:DocumentID='uuid:1'")


@pytest.mark.parametrize(
    "packet",
    [
        packet_of(PRIVATE).replace(b"<x:xmpmeta", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x:xmpmeta"),
        packet_of(PRIVATE).replace(b"</rdf:RDF>", b""),
        packet_of(PRIVATE).decode().encode("utf-16"),
        packet_of(PRIVATE) + b"\xff",
        b"",
    ],
)
def test_what_nobody_can_read_stays(packet: bytes) -> None:
    assert without_private(packet) == packet


def plain(_: Pdf) -> None:
    pass


def output_intent(pdf: Pdf) -> None:
    pdf.Root.OutputIntents = Array([Dictionary(Type=Name.OutputIntent, S=Name.GTS_PDFX)])


@pytest.mark.parametrize(("kind", "is_deflated"), [(plain, True), (output_intent, False)])
def test_xmp_is_deflated_where_no_standard_asks_for_it_plain(
    kind: Callable[[Pdf], None], is_deflated: bool, tmp_path: Path
) -> None:
    pdf = Pdf.new()
    pages.add_page(pdf, b"0 0 m " * 500)
    packet = packet_of([*KEPT, *PRIVATE] * 20)
    pdf.Root.Metadata = pdf.make_stream(packet, Type=Name.Metadata, Subtype=Name.XML)
    kind(pdf)
    source, target = tmp_path / "source.pdf", tmp_path / "target.pdf"
    source.write_bytes(pages.saved(pdf))
    report = press(source, target, PressOptions(Level.LOW))
    with Pdf.open(source) as before, Pdf.open(target) as pressed:
        assert (Name.Filter in pressed.Root.Metadata) is is_deflated
        left = pressed.Root.Metadata.read_bytes()
        assert said_by(left) == said_by(without_private(before.Root.Metadata.read_bytes()))
        assert b"Thumbnails" not in left
    assert not report.fallbacks
