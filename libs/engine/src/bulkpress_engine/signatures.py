"""Whether a document is signed: then any change, even one nobody sees, invalidates what was signed."""

from pikepdf import Dictionary, Name, Pdf

from bulkpress_engine.verification.walks import form_fields


def is_signed(pdf: Pdf) -> bool:
    """Whether the document bears a signature or usage rights (ISO 32000-2, 12.8).

    Counted are signature dictionaries with a /ByteRange wherever they hang (fields, /Perms, a removed field's revision)
    and /Perms in the catalog. An empty signature field waits for a signature and does not count.
    """
    permissions = pdf.Root.get(Name.Perms)
    if isinstance(permissions, Dictionary) and len(permissions):
        return True
    return any(isinstance(candidate, Dictionary) and Name.ByteRange in candidate for candidate in pdf.objects) or any(
        isinstance(value := entries.get("/V"), Dictionary) and Name.ByteRange in value  # no object of its own
        for _, entries in form_fields(pdf)
    )
