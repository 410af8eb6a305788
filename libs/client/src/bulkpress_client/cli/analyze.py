"""`bulkpress analyze`: what fills files, and how small each level would make them, without pressing them."""

import sys
from pathlib import Path

import click

from bulkpress_client.cli.auditing import audited
from bulkpress_engine.options import PressOptions, SignedPolicy

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


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
    sys.exit(audited(files, options, wants_json=wants_json))
