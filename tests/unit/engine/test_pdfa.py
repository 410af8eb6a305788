"""Which part of PDF/A the metadata claims, in the ways programs write it."""

import pytest

from bulkpress_engine.inspection.pdfa import claimed_part

SPACE = 'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"'


@pytest.mark.parametrize(
    ("xmp", "part"),
    [
        ("<x:xmpmeta/>", None),
        (f'<rdf:Description {SPACE} pdfaid:part="1" pdfaid:conformance="B"/>', 1),
        (f"<rdf:Description {SPACE}><pdfaid:part>2</pdfaid:part></rdf:Description>", 2),
        (f"<pdfaid:part {SPACE}>1</pdfaid:part>", 1),
        (f"<rdf:Description {SPACE} pdfaid:part = '3'/>", 3),
        ('<a:part xmlns:a="http://www.aiim.org/pdfa/ns/id/">\n 2 </a:part>', 2),  # another prefix
        (f"<rdf:Description {SPACE}/>", 1),  # a claim that nobody can read: the strictest
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-be", "utf-16-le"])
def test_the_claim_is_found(xmp: str, part: int | None, encoding: str) -> None:
    assert claimed_part(xmp.encode(encoding)) == part
