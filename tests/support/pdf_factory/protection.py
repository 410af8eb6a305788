"""Encrypted documents, with a user password and with an owner password only."""

import io

from pikepdf import Encryption, Pdf, Permissions

from tests.support.pdf_factory.images import photo_jpeg

USER_PASSWORD = "open sesame"
OWNER_PASSWORD = "the boss"


def encrypted(*, plain: bytes | None = None, revision: int = 6) -> bytes:
    """A document that opens with USER_PASSWORD only: AES-256 (revision 6), AES-128 (4) or RC4-128 (3).

    Without `plain` it is a 300 dpi photograph. The file key is random: the bytes differ each time.
    """
    return _encrypted(plain or photo_jpeg(600, 450, width_pt=144), USER_PASSWORD, revision)


def owner_only(*, plain: bytes | None = None, revision: int = 6) -> bytes:
    """A document that opens without a password but may not be changed or printed; OWNER_PASSWORD lifts that."""
    return _encrypted(plain or photo_jpeg(600, 450, width_pt=144), "", revision)


def _encrypted(plain: bytes, user_password: str, revision: int) -> bytes:
    how = Encryption(
        user=user_password,
        owner=OWNER_PASSWORD,
        R=revision,  # type: ignore[arg-type]  # the annotation lists literals
        aes=revision >= 4,
        metadata=revision >= 4,
        allow=Permissions(extract=True, modify_other=False, print_lowres=False, print_highres=False),
    )
    out = io.BytesIO()
    with Pdf.open(io.BytesIO(plain)) as pdf:
        pdf.save(out, encryption=how)
    return out.getvalue()
