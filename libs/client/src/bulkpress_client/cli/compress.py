"""`bulkpress compress`: press files and folders on this machine, with no server."""

import os
import sys
from importlib.metadata import version
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bulkpress_client.batch.layout import LayoutError, Work, lay_out
from bulkpress_client.batch.run import Batch, Row, write_whole
from bulkpress_client.batch.summary import as_json, print_table
from bulkpress_client.cli.signals import ended_by_signals
from bulkpress_client.cli.size import SizeType
from bulkpress_engine.options import (
    DEFAULT_LIMITS,
    MIN_IMAGE_DPI,
    Level,
    Limits,
    PdfaPolicy,
    PressOptions,
    SignedPolicy,
    Step,
    Without,
)
from bulkpress_engine.sandbox import SandboxError

EXIT_SOME_FAILED = 1
MIB = 2**20
LEVEL = click.Choice([one.value for one in Level])
ON_SIGNED = click.Choice([one.value for one in SignedPolicy])
PDFA = click.Choice([one.value for one in PdfaPolicy])
INPUT = click.Path(exists=True, path_type=Path)
PLAIN_WIDTH = 160  # of the table where there is no terminal to ask


@click.command("compress")
@click.argument("inputs", metavar="IN...", nargs=-1, required=True, type=INPUT)
@click.option("-o", "--out", metavar="OUT", required=True, help="A file for one input file, else a folder.")
@click.option("--level", type=LEVEL, help="How far to go; medium, if not given.")
@click.option(
    "--image-quality", metavar="Q", type=click.IntRange(1, 100), help="JPEG quality; the level's, if not given."
)
@click.option(
    "--max-image-dpi",
    metavar="DPI",
    type=click.IntRange(min=MIN_IMAGE_DPI),
    help="Resolution of images; the level's, if not given.",
)
@click.option(
    "--target-size",
    metavar="SIZE",
    type=SizeType(),
    help="The most a file may have, such as 10MB; the level is found.",
)
@click.option(
    "--jobs", metavar="N", type=click.IntRange(1, 256), help="Files pressed at once; one to a core, if not given."
)
@click.option("--report", "report_path", metavar="FILE.json", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--password", default="", envvar="BULKPRESS_PASSWORD", help="Opens encrypted files; they stay encrypted.")
@click.option("--on-signed", type=ON_SIGNED, default=SignedPolicy.KEEP.value, show_default=True)
@click.option(
    "--pdfa",
    type=PDFA,
    default=PdfaPolicy.KEEP.value,
    show_default=True,
    help="PDF/A stays PDF/A, is refused, or is compressed further and is PDF/A no longer.",
)
@click.option("--grayscale", is_flag=True, help="Turn images, text and drawings gray.")
@click.option("--strip-metadata", is_flag=True, help="Remove who made a file, when and with what, from images too.")
@click.option(
    "--without",
    multiple=True,
    type=click.Choice([one.value for one in Step]),
    help="Leave this step out; may be repeated.",
)
@click.option("--linearize", is_flag=True, help="For the web: the first page is shown while the rest still loads.")
@click.option(
    "--time-limit", metavar="S", type=click.FloatRange(min=1), default=DEFAULT_LIMITS.seconds, show_default=True
)
@click.option(
    "--memory-limit",
    metavar="MiB",
    type=click.IntRange(min=256),
    default=DEFAULT_LIMITS.memory_bytes // MIB,
    show_default=True,
    help="Address space for one file.",
)
def command(
    *,
    inputs: tuple[Path, ...],
    out: str,
    level: str | None,
    image_quality: int | None,
    max_image_dpi: int | None,
    target_size: int | None,
    jobs: int | None,
    report_path: Path | None,
    password: str,
    on_signed: str,
    pdfa: str,
    grayscale: bool,
    strip_metadata: bool,
    without: tuple[str, ...],
    linearize: bool,
    time_limit: float,
    memory_limit: int,
) -> None:
    """Compress PDF files, and all PDFs in folders, without a server.

    Exits with 0 when every file has a result (a file that gains nothing is kept as it was), 1 when some failed, 2 on
    wrong usage, 130 on Ctrl-C. No result is ever half written or larger than its input.
    """
    _refuse_contradictions(level, image_quality, max_image_dpi, target_size)
    if grayscale and {Step.IMAGES, Step.CONTENT} & {Step(one) for one in without}:
        raise click.UsageError(
            "--grayscale changes images and content: leave out --without images and --without content"
        )
    options = PressOptions(
        Level(level or Level.MEDIUM),
        image_quality,
        SignedPolicy(on_signed),
        password,
        Without(map(Step, without)),
        max_image_dpi,
        target_size,
        linearize=linearize,
        pdfa=PdfaPolicy(pdfa),
        grayscale=grayscale,
        strip_metadata=strip_metadata,
    )
    limits = Limits(seconds=time_limit, cpu_seconds=int(time_limit) + 1, memory_bytes=memory_limit * MIB)
    try:
        work = lay_out(inputs, Path(out), out_is_folder=out.endswith(("/", os.sep)))
    except LayoutError as error:
        raise click.UsageError(str(error)) from None
    try:
        with ended_by_signals("files already finished are in place, the others are untouched"):
            rows = _press(work, Batch(options, limits, jobs=min(jobs or _cores(), len(work))))
    except SandboxError as error:
        raise click.ClickException(str(error)) from error
    if report_path:
        _write_report(report_path, as_json(rows, options, version("bulkpress-client")))
    print_table(Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH), rows)
    sys.exit(EXIT_SOME_FAILED if any(row.state == "failed" for row in rows) else 0)


def _refuse_contradictions(
    level: str | None, image_quality: int | None, max_image_dpi: int | None, target_size: int | None
) -> None:
    if target_size is not None and (level, image_quality) != (None, None):
        raise click.UsageError("--target-size finds the quality itself: leave out --level and --image-quality")
    if level == Level.LOW and (image_quality, max_image_dpi) != (None, None):
        raise click.UsageError(
            "--level low changes nothing that can be seen: leave out --image-quality and --max-image-dpi"
        )


def _press(work: list[Work], batch: Batch) -> list[Row]:
    """Press everything, with a progress bar on a terminal; rows come back in the order of `work`."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    rows: dict[Path, Row] = {}
    with batch, Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Compressing", total=len(work))
        for row in batch.rows(work):
            rows[row.work.target] = row
            progress.advance(task)
    return [rows[one.target] for one in work]


def _write_report(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    except OSError as error:
        raise click.ClickException(f"the files are done, but the report {path} cannot be written: {error}") from error


def _cores() -> int:
    """How many cores this process may use, as far as the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
