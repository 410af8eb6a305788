"""Size against fidelity as a picture: one point to a tool and setting, those of one tool joined by a line."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl

from tests.bench.results import Measurement
from tests.bench.table import Totals, totals

mpl.use("svg")  # no window: before pyplot is imported
from matplotlib import pyplot

LINES: Final[Mapping[str, Sequence[str]]] = {
    "bulkpress": ("bulkpress low", "bulkpress medium", "bulkpress high"),
    "Ghostscript": ("gs /printer", "gs /ebook", "gs /screen"),
    "PyMuPDF": ("PyMuPDF 150/75", "PyMuPDF 100/55"),
    "OCRmyPDF": ("OCRmyPDF -O3",),
    "qpdf": ("qpdf",),
    "mutool": ("mutool clean",),
}
INCHES: Final = (8.0, 5.0)


def draw(measured: Sequence[Measurement], path: Path) -> None:
    """Write an SVG of all readable files: bytes out/in to the right, mean ink SSIM upwards; better is up and left."""
    mpl.rcParams["svg.hashsalt"] = "bulkpress"  # else every run names its elements anew
    figure, axes = pyplot.subplots(figsize=INCHES)
    readable = [one for one in measured if one.readable]
    for tool, settings in LINES.items():
        points = {name: found for name in settings if (found := _totals(readable, name))}
        if points:
            sizes = [one.bytes_out / one.bytes_in for one in points.values()]
            axes.plot(sizes, [one.ink_ssim for one in points.values()], marker="o", label=tool)
            for name, one in points.items():
                axes.annotate(
                    name,
                    (one.bytes_out / one.bytes_in, one.ink_ssim),
                    xytext=(5, 4),
                    textcoords="offset points",
                    size=7,
                )
    axes.set_xlabel("bytes out / bytes in (smaller is to the left)")
    axes.set_ylabel("mean ink SSIM (more alike is up)")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="svg", metadata={"Date": None}, bbox_inches="tight")
    pyplot.close(figure)


def _totals(measured: Sequence[Measurement], tool: str) -> Totals | None:
    mine = [one for one in measured if one.tool == tool]
    return totals(mine) if mine else None
