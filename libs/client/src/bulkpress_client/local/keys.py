"""`bulkpress keys`: hands on to `python -m upload_gateway.keys`, which makes, lists, rotates and revokes API keys."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from bulkpress_client import settings
from bulkpress_client.local.run_record import RunRecord
from bulkpress_client.local.up import HOME


@click.command("keys", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@HOME
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(*, home: Path, arguments: tuple[str, ...]) -> None:
    """Make, list, rotate and revoke API keys: create, list, rotate, revoke; `bulkpress keys COMMAND -h` says more.

    It works on the Redis that the services' variables name, and without any on that of the system that `bulkpress up`
    runs in this home.
    """
    if find_spec("upload_gateway") is None:
        raise click.ClickException("`bulkpress keys` needs the package upload_gateway: run it where the gateway is")
    environment = settings.inherited()
    record = RunRecord.read(home.absolute())
    if record and "redis" in record.addresses and not {"CELERY_BROKER_URL", "BULKPRESS_STATE_URL"} & {*environment}:
        environment["BULKPRESS_STATE_URL"] = f"{record.addresses['redis'].rstrip('/')}/1"  # as services.settings has it
    done = subprocess.run([sys.executable, "-m", "upload_gateway.keys", *arguments], env=environment, check=False)
    sys.exit(done.returncode)
