"""A document from standard input, a result to standard output: `-` on the command line."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

STREAM = Path("-")


@contextmanager
def inputs_and_out(inputs: tuple[Path, ...], out: str) -> Iterator[tuple[tuple[Path, ...], str]]:
    """The inputs and the output as files, where `-` stands for a stream. Raises click.UsageError.

    A result that belongs to standard output is written there in the end.
    """
    if STREAM not in inputs and out != "-":
        yield inputs, out
        return
    if len(inputs) > 1 or inputs[0].is_dir():
        raise click.UsageError("`-` stands for one document: name no other input and no folder with it")
    if out == "-" and sys.stdout.isatty():
        raise click.UsageError("the result would be written to the terminal: redirect it, as in `-o - > out.pdf`")
    with TemporaryDirectory(prefix="bulkpress-") as name:
        source = inputs[0]
        if source == STREAM:
            source = Path(name, "stdin.pdf")
            with source.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        target = Path(name, "stdout.pdf")
        yield (source,), str(target) if out == "-" else out
        if out == "-" and target.exists():
            with target.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
