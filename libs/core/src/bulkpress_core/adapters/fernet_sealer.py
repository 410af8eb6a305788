"""Sealing with Fernet: AES-128 in CBC mode under HMAC-SHA-256, as the `cryptography` package specifies it."""

import base64
import hashlib
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bulkpress_core.domain.errors import SealBrokenError


class FernetSealer:
    """Sealer with keys made from secrets: the first seals, all unseal, so that secrets can be replaced."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(_key(secret)) for secret in secrets])

    def seal(self, text: str) -> str:
        """The text, encrypted."""
        return self._fernet.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The text that was sealed."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SealBrokenError from None


def _key(secret: str) -> bytes:
    """A secret has entropy enough (settings demand its length): a plain digest makes a key of it."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"bulkpress.seal\0" + secret.encode()).digest())
