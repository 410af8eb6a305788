"""The loads: so many files of about one size, no two with the same bytes, so that none is taken over from another."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.pdf_factory import images


@dataclass(frozen=True)
class Mix:
    """Files of one size, in a folder of their own."""

    name: str
    paths: tuple[Path, ...]
    bytes: int  # all of them together


def small() -> list[bytes]:
    """Documents of about 50 kB: photographs and scans of two pages in black and white."""
    photos = [images.photo_jpeg(600 + 10 * seed, 450, width_pt=160, seed=seed) for seed in range(6)]
    return [*photos, images.bilevel_scan_g4(2), images.photo_grey_jpeg(700, 525, width_pt=170)]


def medium() -> list[bytes]:
    """Documents of about 1 MB: colour scans, a photograph of 8 megapixels, one in Flate."""
    return [
        images.colour_scan(2, dpi=250),
        images.photo_jpeg(3200, 2400, width_pt=768),
        images.photo_flate(),
        images.colour_scan(1, quality=95),
    ]


def large() -> list[bytes]:
    """A document of about 30 MB: a scan of 44 pages in colour."""
    return [images.colour_scan(44)]


def made(folder: Path, name: str, documents: Sequence[bytes], count: int) -> Mix:
    """So many files of these documents, each with a comment at its end that no other has."""
    folder.mkdir(parents=True)
    paths = []
    for number in range(count):
        paths.append(folder / f"{number:05}.pdf")
        paths[-1].write_bytes(documents[number % len(documents)] + b"%% %d\n" % number)
    return Mix(name, tuple(paths), sum(path.stat().st_size for path in paths))
