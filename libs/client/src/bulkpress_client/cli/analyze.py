"""`bulkpress analyze`: what fills files, and how small each level would make them, without pressing them."""

import sys
from importlib.metadata import version
from pathlib import Path

import click
from rich.console import Console

from bulkpress_client.batch.space import as_json, print_space, weighed
from bulkpress_client.cli.signals import ended_by_signals
from bulkpress_engine.options import DEFAULT_LIMITS, PressOptions, SignedPolicy
from bulkpress_engine.sandbox import Sandbox, SandboxError

EXIT_SOME_FAILED = 1
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
PLAIN_WIDTH = 160  # where there is no terminal to ask


@click.command("analyze")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@click.option("--json", "wants_json", is_flag=True, help="For machines.")
@click.option("--password", default="", envvar="BULKPRESS_PASSWORD", help="Opens encrypted files.")
@click.option(
    "--on-signed",
    type=click.Choice([one.value for one in SignedPolicy]),
    default=SignedPolicy.KEEP.value,
    show_default=True,
)
def command(*, files: tuple[Path, ...], wants_json: bool, password: str, on_signed: str) -> None:
    """Say what fills PDF files, and estimate what each level would make of them; nothing is written.

    Exits with 0 when every file could be read, 1 when some could not, 2 on wrong usage, 130 on Ctrl-C.
    """
    options = PressOptions(on_signed=SignedPolicy(on_signed), password=password)
    try:
        with ended_by_signals("nothing was changed"), Sandbox(DEFAULT_LIMITS) as sandbox:
            rows = [weighed(sandbox, path, options) for path in files]
    except SandboxError as error:
        raise click.ClickException(str(error)) from error
    if wants_json:
        click.echo(as_json(rows, version("bulkpress-client")))
    else:
        print_space(Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH), rows)
    sys.exit(EXIT_SOME_FAILED if any(row.failed for row in rows) else 0)
