"""`make bench-estimates CORPUS=folder`: compare what the audit expects of each level with what a press comes to.

The sub-folders of CORPUS are the categories. Every file is audited once and pressed at each level, each in a process of
its own, and the table says how far off the estimates are, in points of out/in, and what they cost beside the presses.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from bulkpress_engine.audit.analyze import analyze
from bulkpress_engine.errors import EngineError
from bulkpress_engine.options import DEFAULT_LIMITS, Level, PressOptions
from bulkpress_engine.press import press
from bulkpress_engine.sandbox.confinement import confine
from tests.bench.page import write_between_markers

NEAR = 0.10  # of the file: an estimate within that of the truth counts as good
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
WORST_SHOWN = 25


@dataclass(frozen=True, slots=True)
class Checked:
    """One file at one level: results as shares of the file, costs in seconds of processor time."""

    file: str
    level: Level
    bytes_in: int
    expected: float
    truth: float
    press_cpu_s: float

    @property
    def off(self) -> float:
        """How far the estimate is from the truth; above zero, it promised too little."""
        return self.expected - self.truth


@click.command()
@click.argument("corpus", type=FOLDER)
@click.option("--only", multiple=True, metavar="CATEGORY", help="Only this category; may be repeated.")
@click.option("--docs", type=click.Path(path_type=Path), default=Path("docs/explanation/benchmarks.md"))
def main(*, corpus: Path, only: tuple[str, ...], docs: Path) -> None:
    """Compare estimates with presses over CORPUS."""
    files = [path for path in sorted(corpus.rglob("*.pdf")) if not only or path.parent.name in only]
    if not files:
        raise click.UsageError(f"there is no PDF in {corpus}")
    checked: list[Checked] = []
    audit_cpu_s = 0.0
    for path in files:
        found, cpu_s = check(path, path.relative_to(corpus).as_posix())
        checked += found
        audit_cpu_s += cpu_s if found else 0.0
    text = table(checked, audit_cpu_s)
    click.echo(text)
    write_between_markers(docs, "bench-estimates", text)


def check(path: Path, name: str) -> tuple[list[Checked], float]:
    """One file at every level, and what its audit cost; none for a file that ends in an error either way."""
    with tempfile.TemporaryDirectory(prefix="bulkpress-bench-") as scratch:
        draft = Path(scratch) / "draft.pdf"
        audit, cpu_s = in_child(lambda: analyze(path, draft).as_dict())
        if audit is None:
            return [], cpu_s
        size = max(1, path.stat().st_size)
        checked = []
        for level in Level:
            report, press_cpu_s = in_child(partial(_pressed, path, draft, level))
            if report is not None:
                expected, truth = audit["estimates"][level] / size, report["bytes_out"] / size
                checked.append(Checked(name, level, size, expected, truth, press_cpu_s))
        return checked, cpu_s


def _pressed(path: Path, draft: Path, level: Level) -> dict[str, Any]:
    return press(path, draft, PressOptions(level)).as_dict()


def in_child(work: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any] | None, float]:
    """What the work gives in a child with the default limits, None where it ends in an error, and its CPU seconds."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        confine(DEFAULT_LIMITS)
        try:
            answer = json.dumps(work())
        except (EngineError, MemoryError, OSError):
            answer = "null"
        with os.fdopen(write, "w") as pipe:
            pipe.write(answer)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        answer = pipe.read()
    _, _, cost = os.wait4(child, 0)
    return json.loads(answer or "null"), cost.ru_utime + cost.ru_stime


def table(checked: Sequence[Checked], audit_cpu_s: float) -> str:
    """The worst estimates one by one, then for each level how many are near, and the cost beside the presses."""
    worst = sorted(checked, key=lambda one: -abs(one.off))[:WORST_SHOWN]
    lines = ["| file | level | estimate | truth | off by |", "|---|---|---:|---:|---:|"]
    lines += [f"| {one.file} | {one.level} | {one.expected:.3f} | {one.truth:.3f} | {one.off:+.3f} |" for one in worst]
    lines += ["", "| level | files | within 10 points | estimate of all | truth of all | audit CPU / press CPU |"]
    lines += ["|---|---:|---:|---:|---:|---:|", *(_summary(checked, level, audit_cpu_s) for level in Level)]
    return "\n".join(lines)


def _summary(checked: Sequence[Checked], level: Level, audit_cpu_s: float) -> str:
    mine = [one for one in checked if one.level is level]
    near = sum(abs(one.off) <= NEAR for one in mine) / max(1, len(mine))
    whole = max(1, sum(one.bytes_in for one in mine))
    expected, truth = (
        sum(share * one.bytes_in for one, share in zip(mine, shares, strict=True)) / whole
        for shares in ([one.expected for one in mine], [one.truth for one in mine])
    )
    cost = audit_cpu_s / max(0.001, sum(one.press_cpu_s for one in mine))
    return f"| {level} | {len(mine)} | {near:.1%} | {expected:.3f} | {truth:.3f} | {cost:.2f} |"


if __name__ == "__main__":
    main(args=sys.argv[1:], prog_name="make bench-estimates")
