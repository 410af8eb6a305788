"""XMP loses the room that it keeps for changes, and nothing else."""

import pytest
from pikepdf import Name, Pdf

from bulkpress_engine.inspection import inspect
from bulkpress_engine.options import DEFAULT_LIMITS, PressOptions, Step, Without
from bulkpress_engine.passes.metadata import trim_padding
from bulkpress_engine.planning import make_plan
from tests.support.pdf_factory import pages

PACKET = b"<?xpacket begin='' id='x'?><a>  b  </a>"


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
def test_only_the_padding_goes(packet: bytes, trimmed: bytes, without: Without) -> None:
    pdf = Pdf.new()
    pages.add_page(pdf, b"")
    pdf.Root.Metadata = pdf.make_stream(packet, Type=Name.Metadata, Subtype=Name.XML)
    facts = inspect(pdf, DEFAULT_LIMITS)
    report = trim_padding(pdf, make_plan(facts, PressOptions(), DEFAULT_LIMITS, without), facts, DEFAULT_LIMITS)
    expected = packet if without else trimmed
    assert pdf.Root.Metadata.read_raw_bytes() == expected
    assert report.bytes_saved == len(packet) - len(expected)
