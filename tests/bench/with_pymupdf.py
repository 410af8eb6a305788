"""`python with_pymupdf.py DPI QUALITY SOURCE TARGET`: compress a PDF as PyMuPDF's documentation advises.

Run by a Python that has PyMuPDF, which is a peer to compare with and no dependency: this file imports nothing of ours.
"""

import sys

import pymupdf  # type: ignore[import-not-found]  # not installed beside the project: its licence is the AGPL


def main(dpi: int, quality: int, source: str, target: str) -> None:
    """Resample and code images anew, subset fonts, and save with everything that PyMuPDF can pack."""
    with pymupdf.open(source) as document:
        document.rewrite_images(dpi_threshold=dpi + 10, dpi_target=dpi, quality=quality)
        document.subset_fonts()
        document.ez_save(target, garbage=4, clean=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
