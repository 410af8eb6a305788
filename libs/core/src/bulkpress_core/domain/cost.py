"""What pressing a file will cost, predicted from its bytes as they pass by: the PDF is never opened for it.

A stream's dictionary stands in plain sight, outside any object stream (ISO 32000-2, 7.5.7), and encryption leaves its
numbers alone (7.6.2): so the sizes of images can be read off any PDF without parsing it. Pages are seen where they are
no part of an object stream.
"""

import re
from dataclasses import dataclass

REACH_BYTES = 64  # no match is longer
SEEN = re.compile(rb"/(?:(Width|Height)\s{0,8}(\d{1,6})(?![\d.])|Type\s{0,8}/Page(?![A-Za-z]))")
LARGEST_IMAGE_PIXELS = 120_000_000  # the engine leaves a larger image as it is: it costs no more than its bytes
MOST_PIXELS = 10**12  # what a hostile file claims beyond that makes no difference

# Fitted by scripts/fit_cost.py at level medium, one press at a time, on a shared x86-64 machine of 2 cores (2026-11):
# 71 documents (scans, papers, forms, office, slides), 66 MB, from 0.07 s to 23 s each. Measured divided by predicted:
# 0.36 (p10), 0.51 (p25), 1.04 (p50), 2.00 (p75), 3.07 (p90).
FIXED_MS = 60.0
MS_PER_MEGABYTE = 820.0
MS_PER_MEGAPIXEL = 29.0
MS_PER_PAGE = 6.5

HEAVY_FROM_MS = 60_000.0  # a file as costly as this keeps a bulk worker from its other tenants for too long
EXPRESS_FILES = 20  # a job of few files ...
EXPRESS_TO_MS = 60_000.0  # ... that are done within a minute: somebody is waiting for it


@dataclass(frozen=True, slots=True)
class CostFacts:
    """What is known of a PDF that nobody has opened."""

    size_bytes: int
    image_pixels: int = 0  # sum over its images, as far as the engine takes them
    pages: int = 0  # those seen; 0 says nothing


def predicted_ms(facts: CostFacts) -> float:
    """Milliseconds that pressing the file will take on one core: never nothing, so that every file is charged."""
    return (
        FIXED_MS
        + MS_PER_MEGABYTE * facts.size_bytes / 1e6
        + MS_PER_MEGAPIXEL * facts.image_pixels / 1e6
        + MS_PER_PAGE * facts.pages
    )


UNSEEN_MS = predicted_ms(CostFacts(size_bytes=1_000_000))  # of a file that nobody has seen: one of average size


class CostSkimmer:
    """Reads the facts off a PDF's bytes, given in pieces of any size."""

    def __init__(self) -> None:
        self._unread = b""
        self._size_bytes = 0
        self._pixels = 0
        self._pages = 0
        self._sides: dict[bytes, int] = {}  # of the image whose dictionary is being read

    def feed(self, piece: bytes) -> None:
        """Read on. What may go on in the next piece is read with that one."""
        self._size_bytes += len(piece)
        text = self._unread + piece
        end = max(0, len(text) - REACH_BYTES)
        self._read(text, end)
        self._unread = text[end:]

    def facts(self) -> CostFacts:
        """What was found; nothing can be fed afterwards."""
        self._read(self._unread, len(self._unread))
        self._unread = b""
        return CostFacts(self._size_bytes, min(self._pixels, MOST_PIXELS), self._pages)

    def _read(self, text: bytes, end: int) -> None:
        """Count what begins before `end`."""
        for found in SEEN.finditer(text):
            if found.start() >= end:
                return
            side, length = found.groups()
            if side is None:
                self._pages += 1
                continue
            self._sides[side] = int(length)
            if len(self._sides) == 2:
                pixels = self._sides[b"Width"] * self._sides[b"Height"]
                self._pixels += pixels if pixels <= LARGEST_IMAGE_PIXELS else 0
                self._sides.clear()
