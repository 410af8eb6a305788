"""Keeping what must not be read where it lies: passwords on their way from the gateway to the worker."""

from typing import Protocol


class Sealer(Protocol):
    """Encrypts short texts, so that only this installation can read them and nobody can change them."""

    def seal(self, text: str) -> str:
        """The text, encrypted; another each time."""

    def unseal(self, sealed: str) -> str:
        """The text that was sealed. Raises SealBrokenError."""
