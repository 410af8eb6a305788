"""Whether a document's encryption can be written again as it was (ISO 32000-2, 7.6)."""

from pathlib import Path

import pypdfium2 as pdfium
from pikepdf import Dictionary, Name, Pdf, Stream

from bulkpress_engine.filters import filters_of


def can_keep_encryption(pdf: Pdf) -> bool:
    """Whether the document is not encrypted, or is under one crypt filter for all (7.6.6): qpdf writes a single one.

    Metadata that is left readable is the exception that qpdf keeps.
    """
    if not pdf.is_encrypted:
        return True
    encrypt = pdf.trailer.get(Name.Encrypt, Dictionary())
    if int(encrypt.get(Name.V, 0)) >= 4:
        for_streams, for_strings = encrypt.get(Name.StmF, Name.Identity), encrypt.get(Name.StrF, Name.Identity)
        for_attachments = encrypt.get(Name.EFF, for_streams)
        if for_streams == Name.Identity or not for_streams == for_strings == for_attachments:
            return False
    metadata = pdf.Root.get(Name.Metadata)
    exempt = metadata.objgen if isinstance(metadata, Stream) else None
    streams = (candidate for candidate in pdf.objects if isinstance(candidate, Stream))
    return all(name != "/Crypt" for stream in streams if stream.objgen != exempt for name, _ in filters_of(stream))


def pages_without_password(source: Path) -> int | None:
    """How many pages a reader shows without any password; None if it needs one.

    Where only attachments are encrypted (/EFF), readers ask for the password only when one is opened; qpdf at once.
    """
    try:
        document = pdfium.PdfDocument(source)
    except pdfium.PdfiumError:
        return None
    try:
        return len(document)
    finally:
        document.close()
