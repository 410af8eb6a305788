"""Auditing files from the command line: what `analyze` does, and `compress --dry-run`."""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import click
from rich.console import Console

from bulkpress_client.batch.space import as_json, print_space, weighed
from bulkpress_client.cli.signals import ended_by_signals
from bulkpress_engine.options import DEFAULT_LIMITS, PressOptions
from bulkpress_engine.sandbox import Sandbox, SandboxError

EXIT_SOME_FAILED = 1
PLAIN_WIDTH = 160  # where there is no terminal to ask


def audited(files: Sequence[Path], options: PressOptions, *, wants_json: bool) -> int:
    """Print what fills the files and what levels would make of them; return the exit code. Raises ClickException."""
    try:
        with ended_by_signals("nothing was changed"), Sandbox(DEFAULT_LIMITS) as sandbox:
            rows = [weighed(sandbox, path, options) for path in files]
    except SandboxError as error:
        raise click.ClickException(str(error)) from error
    if wants_json:
        click.echo(as_json(rows, version("bulkpress-client")))
    else:
        print_space(Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH), rows)
    return EXIT_SOME_FAILED if any(row.failed for row in rows) else 0
