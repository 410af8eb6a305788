"""Fit the numbers of bulkpress_core/domain/cost.py: press every PDF of a folder, one at a time, and compare.

    python scripts/fit_cost.py FOLDER

Prints the measured presses, the coefficients (none below nothing) and how far the predictions are off.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bulkpress_core.domain.cost import CostFacts, CostSkimmer
from bulkpress_engine import EngineError
from bulkpress_engine.sandbox import Sandbox

NAMES = ("FIXED_MS", "MS_PER_MEGABYTE", "MS_PER_MEGAPIXEL", "MS_PER_PAGE")
ROUNDS = 20_000


def skimmed(path: Path) -> CostFacts:
    """The facts of one file, read as the gateway does."""
    skimmer = CostSkimmer()
    with path.open("rb") as file:
        while piece := file.read(256 * 1024):
            skimmer.feed(piece)
    return skimmer.facts()


def measured(folder: Path) -> list[tuple[CostFacts, float]]:
    """Facts and milliseconds of every file that the engine took."""
    found = []
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as scratch:
        for path in sorted(folder.rglob("*.pdf")):
            started = time.monotonic()
            try:
                sandbox.press(path, Path(scratch, "out.pdf"))
            except EngineError as error:
                print(f"{path.name}: left out, {error.code}")
                continue
            ms = 1000 * (time.monotonic() - started)
            facts = skimmed(path)
            found.append((facts, ms))
            print(f"{path.name}: {ms:.0f} ms, {facts}", flush=True)
    return found


def fitted(rows: np.ndarray, ms: np.ndarray) -> np.ndarray:
    """Positive coefficients for which the logarithms of measured and predicted differ least, in the mean square.

    Ratios are what counts: a file that takes ten times its prediction is as far off at 1 s as at 100 s. Gradient
    descent on the coefficients' logarithms, which keeps them positive.
    """
    logs = np.log(np.full(rows.shape[1], 100.0))
    for step in range(ROUNDS):
        found = np.exp(logs)
        predicted = rows @ found
        off = np.log(predicted / ms)
        gradient = (rows * found / predicted[:, None] * off[:, None]).mean(axis=0)
        logs -= gradient * (0.5 if step < ROUNDS // 2 else 0.05)
    fit: np.ndarray = np.exp(logs)
    return fit


def main(folder: Path) -> None:
    """Measure, fit and tell."""
    presses = measured(folder)
    rows = np.array([(1, f.size_bytes / 1e6, f.image_pixels / 1e6, f.pages) for f, _ in presses])
    ms = np.array([taken for _, taken in presses])
    found = fitted(rows, ms)
    for name, value in zip(NAMES, found, strict=True):
        print(f"{name} = {value:.1f}")
    ratio = np.sort(ms / (rows @ found))
    shares = [10, 25, 50, 75, 90]
    told = ", ".join(f"p{share} {np.percentile(ratio, share):.2f}" for share in shares)
    print(f"{len(ms)} presses, {rows[:, 1].sum():.0f} MB; measured / predicted: {told}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
