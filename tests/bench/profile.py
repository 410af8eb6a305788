"""`make bench-profile CORPUS=folder`: where the time of pressing goes, by steps of the engine and by its functions.

Every file is pressed in this one process, warm, under pyinstrument, which looks a thousand times a second where the
program is. A function of the engine answers for what the libraries that it calls take.
"""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click
from pyinstrument import Profiler

import bulkpress_engine
from bulkpress_engine.errors import EngineError
from bulkpress_engine.options import DEFAULT_LIMITS, Level, PressOptions
from bulkpress_engine.passes import PASSES
from bulkpress_engine.press import press
from tests.bench.page import write_between_markers
from tests.bench.tools import engine_build

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
ENGINE = Path(bulkpress_engine.__file__).parent
STEPS = frozenset({"opened", "prepared", "inspect", "make_plan", *(run.__name__ for run in PASSES), "save", "verify"})
REST = "the rest"
LOOKS_EVERY_S = 0.001
FUNCTIONS_SHOWN, FILES_SHOWN = 20, 3


@dataclass(frozen=True, slots=True)
class Profile:
    """Seconds by step, by function, and for each step by file."""

    steps: Mapping[str, float]
    functions: Mapping[str, float]
    files: Mapping[str, Mapping[str, float]]


@click.command()
@click.argument("corpus", type=FOLDER)
@click.option("--level", type=click.Choice(list(Level)), default=Level.MEDIUM, show_default=True)
@click.option("--only", multiple=True, metavar="CATEGORY", help="Only this category; may be repeated.")
@click.option(
    "--docs", type=click.Path(path_type=Path), default=Path("docs/explanation/benchmarks.md"), show_default=True
)
def main(*, corpus: Path, level: Level, only: tuple[str, ...], docs: Path) -> None:
    """Profile the pressing of the PDFs in CORPUS."""
    files = [path for path in sorted(corpus.rglob("*.pdf")) if not only or path.parent.name in only]
    if not files:
        raise click.UsageError(f"there is no PDF in {corpus}")
    text = tables(profile(files, level), level, len(files))
    click.echo(text)
    write_between_markers(docs, "bench-profile", text)


def profile(files: Sequence[Path], level: Level) -> Profile:
    """Press every file once; one that ends in an error counts for what it took until then."""
    steps, functions = defaultdict[str, float](float), defaultdict[str, float](float)
    by_file = defaultdict[str, dict[str, float]](lambda: defaultdict(float))
    with tempfile.TemporaryDirectory(prefix="bulkpress-bench-") as scratch:
        for path in files:
            for stack, seconds in watched(path, Path(scratch) / "pressed.pdf", level):
                step = next((frame.function for frame in stack if frame.function in STEPS), REST)
                steps[step] += seconds
                functions[stack[-1].named if stack else REST] += seconds
                by_file[step][path.name] += seconds
    return Profile(steps, functions, by_file)


@dataclass(frozen=True, slots=True)
class Frame:
    """A function of the engine that is being run."""

    function: str
    file: Path

    @property
    def named(self) -> str:
        """With its module."""
        return f"{'.'.join(self.file.relative_to(ENGINE).with_suffix('').parts)}.{self.function}"


def watched(path: Path, target: Path, level: Level) -> Iterator[tuple[list[Frame], float]]:
    """Press a file: which functions of the engine were run, the outermost first, and for how many seconds."""
    profiler = Profiler(interval=LOOKS_EVERY_S, async_mode="disabled")
    with profiler, suppress(EngineError):
        press(path, target, PressOptions(level), DEFAULT_LIMITS)
    session = profiler.last_session
    for stack, seconds in session.frame_records if session else ():
        frames = [Frame(function, Path(file)) for function, file in map(_function_and_file, stack)]
        yield [frame for frame in frames if frame.file.is_relative_to(ENGINE)], seconds


def _function_and_file(frame: str) -> tuple[str, str]:
    """Of a frame as pyinstrument notes it: name, file and line, parted by NUL."""
    function, file, *_ = f"{frame}\0".split("\0")
    return function, file


def tables(found: Profile, level: Level, files: int) -> str:
    """Steps with the files that they took longest for, then functions."""
    whole = sum(found.steps.values())
    lines = [
        f"Made by `make bench-profile CORPUS=folder` with {engine_build()}: {files} files at level {level}.",
        "",
        "| step | share | of which most for |",
        "| --- | ---: | --- |",
    ]
    for step, seconds in _longest(found.steps):
        longest = _longest(found.files[step])[:FILES_SHOWN]
        files_named = ", ".join(f"{file} ({took / seconds:.0%})" for file, took in longest)
        lines.append(f"| {step} | {seconds / whole:.1%} | {files_named} |")
    lines += ["", "| function, with what it calls outside the engine | share |", "| --- | ---: |"]
    lines += [f"| {name} | {seconds / whole:.1%} |" for name, seconds in _longest(found.functions)[:FUNCTIONS_SHOWN]]
    return "\n".join(lines)


def _longest(seconds: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(seconds.items(), key=lambda one: -one[1])


if __name__ == "__main__":
    main(args=sys.argv[1:], prog_name="make bench-profile")
