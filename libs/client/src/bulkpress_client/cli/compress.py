"""`bulkpress compress`: press files and folders on this machine, with no server."""

import os
import sys
from importlib.metadata import version
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bulkpress_client.batch.layout import LayoutError, Work, lay_out
from bulkpress_client.batch.layout import in_place as in_place_work
from bulkpress_client.batch.run import Batch, Keeping, Row, write_whole
from bulkpress_client.batch.summary import as_json, print_table
from bulkpress_client.cli.auditing import PLAIN_WIDTH, audited
from bulkpress_client.cli.share import ShareType
from bulkpress_client.cli.signals import ended_by_signals
from bulkpress_client.cli.size import SizeType
from bulkpress_client.cli.streams import inputs_and_out
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
INPUT = click.Path(exists=True, allow_dash=True, path_type=Path)


@click.command("compress")
@click.argument("inputs", metavar="IN...", nargs=-1, required=True, type=INPUT)
@click.option("-o", "--out", metavar="OUT", help="A file for one input file, else a folder; - for standard output.")
@click.option("--in-place", is_flag=True, help="Replace each file by its result; the original stays as NAME.pdf.orig.")
@click.option("--backup/--no-backup", default=True, show_default=True, help="With --in-place: keep the originals.")
@click.option(
    "--if-saves",
    metavar="SHARE",
    type=ShareType(),
    default=0.0,
    help="Keep a file as it is unless so much of it is saved, such as 10%.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing: say what fills each file, and estimate every level.")
@click.option("--json", "wants_json", is_flag=True, help="Print the report instead of a table.")
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
    out: str | None,
    in_place: bool,
    backup: bool,
    if_saves: float,
    dry_run: bool,
    wants_json: bool,
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
    """Compress PDF files, and all PDFs in folders, without a server. IN may be - for standard input.

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
    with inputs_and_out(inputs, out or "") as (sources, place):
        if dry_run:
            sys.exit(audited([work.source for work in _in_place(sources)], options, wants_json=wants_json))
        _refuse_unclear_place(out, in_place=in_place, wants_json=wants_json)
        work = _in_place(sources) if in_place else _laid_out(sources, place)
        keeping = Keeping(if_saves, in_place, backup)
        batch = Batch(options, limits, jobs=min(jobs or _cores(), len(work)), keeping=keeping)
        try:
            with ended_by_signals("files already finished are in place, the others are untouched"):
                rows = _press(work, batch)
        except SandboxError as error:
            raise click.ClickException(str(error)) from error
    if report_path:
        _write_report(report_path, as_json(rows, options, version("bulkpress-client")))
    if wants_json:
        click.echo(as_json(rows, options, version("bulkpress-client")), nl=False)
    else:
        is_terminal = sys.stdout.isatty()
        print_table(Console(width=None if is_terminal else PLAIN_WIDTH, stderr=out == "-"), rows)
    sys.exit(EXIT_SOME_FAILED if any(row.state == "failed" for row in rows) else 0)


def _refuse_unclear_place(out: str | None, *, in_place: bool, wants_json: bool) -> None:
    if bool(out) == in_place:
        raise click.UsageError("say where results go: --out OUT, or --in-place to replace the files themselves")
    if out == "-" and wants_json:
        raise click.UsageError("the result goes to standard output: take --report FILE.json instead of --json")


def _in_place(inputs: tuple[Path, ...]) -> list[Work]:
    try:
        return in_place_work(inputs)
    except LayoutError as error:
        raise click.UsageError(str(error)) from None


def _laid_out(inputs: tuple[Path, ...], out: str) -> list[Work]:
    try:
        return lay_out(inputs, Path(out), out_is_folder=out.endswith(("/", os.sep)))
    except LayoutError as error:
        raise click.UsageError(str(error)) from None


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
