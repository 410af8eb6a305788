"""`make bench-engine CORPUS=folder`: compare the engine with the compressors installed beside it, on real PDFs.

The sub-folders of CORPUS are the categories. What is measured is kept in build/bench, so a run that was broken off goes
on where it was, and measures anew only what has changed. The tables are printed and written into the page --docs.
"""

import json
import logging
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import click
import pikepdf
import pypdfium2

from tests.bench import fidelity, inventory
from tests.bench.page import write_between_markers
from tests.bench.plots import draw
from tests.bench.results import Measurement, Results
from tests.bench.running import run
from tests.bench.table import comparable, tables
from tests.bench.tools import Tool, installed_tools

PICTURE = Path("pictures/size-against-fidelity.svg")  # beside the page
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
READS_AS = """\
Each tool is a process of its own, started for each file, but for "warm": there only what the child costs that presses
the file is counted, as a worker forks it from a process that has everything imported; its results are those of the cold
one, and are not compared again. `out/in` is bytes of all results through bytes of all sources; where a tool failed, the
source counts as its result. SSIM is of grey pages rendered by pdfium at 100 dpi, up to 8 of a file, averaged where the
original has ink. `lost` counts files that lost pages, outline items, links, fields, signatures, attachments, tags, page
labels, layers, their PDF/A claim or their encryption."""


@click.command()
@click.argument("corpus", type=FOLDER)
@click.option("--results", type=click.Path(path_type=Path), default=Path("build/bench/engine.jsonl"), show_default=True)
@click.option(
    "--docs", type=click.Path(path_type=Path), default=Path("docs/explanation/benchmarks.md"), show_default=True
)
@click.option(
    "--limit", "limit_s", type=click.FloatRange(min=1), default=120.0, show_default=True, help="Seconds a file."
)
@click.option("--only", multiple=True, metavar="CATEGORY", help="Only this category; may be repeated.")
@click.option("--tool", "chosen", multiple=True, metavar="NAME", help="Only this tool; may be repeated.")
def main(
    *, corpus: Path, results: Path, docs: Path, limit_s: float, only: tuple[str, ...], chosen: tuple[str, ...]
) -> None:
    """Compare compressors over CORPUS, a folder of PDFs with a sub-folder for each category."""
    logging.getLogger("pypdfium2").setLevel(logging.ERROR)  # it warns of every XFA form, whose AcroForm side it draws
    tools = [tool for tool in installed_tools() if not chosen or tool.name in chosen]
    files = [path for path in sorted(corpus.rglob("*.pdf")) if not only or path.parent.name in only]
    if not files or not tools:
        raise click.UsageError(f"nothing to compare: {len(files)} PDFs in {corpus}, {len(tools)} tools")
    kept = Results(results)
    for path in files:
        for tool in tools:
            _measure_once(kept, tool, path, corpus, limit_s)
    names = [tool.name for tool in tools]
    present = {path.relative_to(corpus).as_posix() for path in files}
    measured = [one for one in kept.of((tool.name, tool.build) for tool in tools) if one.file in present]
    fair = comparable(measured, names)
    draw(fair, docs.parent / PICTURE)
    report = _report(tables(fair, names), tools, limit_s)
    click.echo(report)
    write_between_markers(docs, "bench-engine", report)


def _measure_once(kept: Results, tool: Tool, path: Path, corpus: Path, limit_s: float) -> None:
    file = path.relative_to(corpus).as_posix()
    if kept.has((tool.name, tool.build, file, path.stat().st_size)):
        return
    one = measure(tool, path, file=file, limit_s=limit_s)
    kept.add(one)
    result = "failed" if one.bytes_out is None else f"{one.bytes_out / max(one.bytes_in, 1):.3f}"
    click.echo(f"{tool.name:18} {file:60} {result:>8} {one.cpu_s:7.2f} s {' '.join(one.lost)}", err=True)


def measure(tool: Tool, source: Path, *, file: str, limit_s: float) -> Measurement:
    """Have the tool compress the file, and look at what came of it."""
    with tempfile.TemporaryDirectory(prefix="bulkpress-bench-") as scratch:
        target = Path(scratch) / "out.pdf"
        cost = run(tool.command_for(source, target), limit_s=limit_s)
        if tool.says_its_cost and cost.exit_code == 0:
            cost = replace(cost, **json.loads(cost.said.splitlines()[-1]))
        one = Measurement(
            tool=tool.name,
            build=tool.build,
            category=source.parent.name,
            file=file,
            bytes_in=source.stat().st_size,
            readable=_opens(source),
            **asdict(cost),
        )
        if not one.readable or cost.exit_code != 0 or not _opens(target):
            return one
        made = {"bytes_out": target.stat().st_size}
        return Measurement(**asdict(one) | made | ({} if tool.says_its_cost else _seen(source, target)))


def _opens(path: Path) -> bool:
    """Whether it can be shown and taken stock of without a password."""
    return fidelity.opens(path) and inventory.opens(path)


def _seen(source: Path, target: Path) -> dict[str, object]:
    """Fidelity and losses. What cannot be looked at is told as a loss, never passed over."""
    if target.read_bytes() == source.read_bytes():
        return asdict(fidelity.Fidelity(1.0, 1.0, 1.0))
    try:
        return asdict(fidelity.compare(source, target)) | {"lost": inventory.lost(source, target)}
    except (pikepdf.PdfError, pikepdf.PasswordError, pypdfium2.PdfiumError) as error:
        return {"lost": [f"cannot be compared: {error}"]}


def _report(made: str, tools: Sequence[Tool], limit_s: float) -> str:
    builds = ", ".join(dict.fromkeys(tool.build for tool in tools))
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return (
        f"Made by `make bench-engine CORPUS=folder` on {datetime.now(UTC):%Y-%m-%d}: {builds}; at most {limit_s:g} s a "
        f"file; {machine}.\n\n![Size against fidelity]({PICTURE})\n\n{READS_AS}\n\n{made}"
    )


if __name__ == "__main__":
    main(args=sys.argv[1:], prog_name="make bench-engine")
