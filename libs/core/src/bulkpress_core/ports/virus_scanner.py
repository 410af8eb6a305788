"""The virus scanner: asked about every file before anything else opens it."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol


class VirusScanner(Protocol):
    """Says whether a file may be opened."""

    def scan(self, path: Path, *, on_chunk: Callable[[], None] = lambda: None) -> None:
        """Return when the file is clean; `on_chunk` is called while it is sent, and may raise.

        Raises InfectedError, and ScanFailedError when the scanner cannot say.
        """

    def check(self) -> None:
        """Return if the scanner answers. Raises ScanFailedError."""
