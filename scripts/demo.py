"""`make demo`: start the whole system on this machine, compress a bulk job through it, show what it saved, stop it.

Without FILES, a handful of sample PDFs is made. The results are written to --out. Exits with 0, with 1 when a file
failed (the others are written all the same) or the system did not start, and with 2 on wrong usage.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the makers of the samples belong to the tests

from bulkpress_client import BulkpressClientError, Client, FileView, JobView, settings
from bulkpress_client.local.errors import LocalStackError
from bulkpress_client.local.options import PORTS, StackOptions
from bulkpress_client.local.stack import LocalStack
from bulkpress_client.words import in_bytes, saved_share
from tests.support.pdf_factory import features, images, pages, placements

OF_IMAGES = "press_images."  # what the decisions of that pass begin with
PLAIN_WIDTH = 160  # of the table where there is no terminal to ask

SAMPLES: Mapping[str, Callable[[], bytes]] = {
    "photographs.pdf": lambda: images.photo_jpeg(2400, 1800, width_pt=400),
    "letters, scanned in colour.pdf": lambda: images.colour_scan(3),
    "archive, scanned in black and white.pdf": lambda: images.bilevel_scan_g4(4),
    "screenshot.pdf": lambda: images.photo_flate(1000, 750),
    "catalogue with the same picture twice.pdf": placements.same_image_twice,
    "report as a program wrote it.pdf": lambda: pages.uncompressed_text(20),
    "application form.pdf": features.form,
    "drawing with private data.pdf": features.private_data,
}


@click.command()
@click.argument("files", nargs=-1, metavar="FILES...", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--level", type=click.Choice(["low", "medium", "high"]), default="medium", show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("out"), show_default=True)
def main(files: tuple[Path, ...], level: str, out: Path) -> None:
    """Compress FILES, or samples made on the spot, as one bulk job through a system started for it."""
    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH, highlight=False)
    try:
        _be_writable(out)
        with tempfile.TemporaryDirectory(prefix="bulkpress-demo-") as scratch:
            paths = list(files) or _samples(Path(scratch), console)
            with _system(Path(scratch) / "home", console) as stack:
                job, ended = _compressed(stack, console, paths, level, out)
            _show(console, job, ended, out)
    except (LocalStackError, BulkpressClientError, OSError) as error:
        sys.exit(f"The demo failed: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(1 if job.failed_count else 0)


def _be_writable(out: Path) -> None:
    """Make the folder, or say that results cannot be written there while nothing has been done for them yet."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise click.BadParameter(f"{out} cannot be written to: {error.strerror}", param_hint="--out") from error


def _samples(folder: Path, console: Console) -> list[Path]:
    console.print(f'Making {len(SAMPLES)} sample PDFs; take your own with FILES="a.pdf b/*.pdf" ...')
    for name, make in SAMPLES.items():
        (folder / name).write_bytes(make())
    return [folder / name for name in SAMPLES]


@contextmanager
def _system(home: Path, console: Console) -> Iterator[LocalStack]:
    """The whole system on free ports, stopped at the end however that comes."""
    console.print("Starting Valkey, gateway, worker, scheduler and Flower on this machine ...")
    options = StackOptions(home, ports=dict.fromkeys(PORTS, 0))
    with LocalStack(options, settings.inherited()) as stack:
        yield stack
        console.print("Stopping all of it ...")


def _compressed(
    stack: LocalStack, console: Console, paths: Sequence[Path], level: str, out: Path
) -> tuple[JobView, list[FileView]]:
    """Hand in the job, wait for it while watching the system, and download what came of it."""
    with Client(stack.gateway_url) as client, _progress(console, len(paths)) as advance_to:
        job = client.submit(paths, level=level)
        console.print(f"Job {job.job_id} is handed in at {stack.gateway_url}/api/compress, level {level}")

        def watch(seen: JobView) -> None:
            stack.check()
            advance_to(seen.completed_count)

        job = client.wait(job.job_id, on_progress=watch)
        if job.done_count + job.kept_count:
            client.download(job.job_id, out)
        return job, list(client.files(job.job_id))


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal; elsewhere a line for each step."""
    if console.is_terminal:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("Compressing", total=total)
            yield lambda completed: progress.update(task, completed=completed)
        return
    last = -1

    def advance_to(completed: int) -> None:
        nonlocal last
        if completed != last:
            console.print(f"  {completed} of {total} files")
        last = completed

    yield advance_to


def _show(console: Console, job: JobView, files: Sequence[FileView], out: Path) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("File", overflow="fold")
    for heading in ("Before", "After", "Saved"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("What was done, and why", overflow="fold")
    for file in files:
        after = "" if file.result_size_bytes is None else in_bytes(file.result_size_bytes)
        saved = saved_share(file.size_bytes or 0, file.result_size_bytes or 0) if file.state == "done" else ""
        style = "red" if file.state == "failed" else ""
        table.add_row(file.name, in_bytes(file.size_bytes or 0), after, saved, _in_words(file), style=style)
    console.print()
    console.print(table, markup=False)
    console.print()
    files_told = f"{job.file_count} file{'' if job.file_count == 1 else 's'}"
    console.print(
        f"{files_told}: {job.done_count} compressed, {job.kept_count} kept, {job.failed_count} failed. "
        f"{in_bytes(job.bytes_in)} became {in_bytes(job.bytes_out)} ({saved_share(job.bytes_in, job.bytes_out)}).",
        markup=False,
    )
    if job.done_count + job.kept_count:
        console.print(f"The results are in {out}/", markup=False)


def _in_words(file: FileView) -> str:
    """Why the file ended as it did, and what was done to how many of its images."""
    steps = [
        f"{count} {name.removeprefix(OF_IMAGES).replace('_', ' ')}"
        for name, count in sorted(file.decisions.items())
        if name.startswith(OF_IMAGES)
    ]
    return f"{file.message} Images: {', '.join(steps)}." if steps else file.message


if __name__ == "__main__":
    main()
