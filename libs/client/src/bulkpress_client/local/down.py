"""`bulkpress down`: stop what `bulkpress up` has started, also after a crash."""

import signal
import time
from contextlib import suppress
from pathlib import Path

import click
import psutil

from bulkpress_client.local.run_record import SUPERVISOR, RunRecord, wait_until
from bulkpress_client.local.stack import STOP_GRACE_S, end_leftovers
from bulkpress_client.local.up import HOME

SUPERVISOR_GRACE_S = 2 * STOP_GRACE_S + 15  # two steps of services, and Valkey


@click.command("down")
@HOME
def command(*, home: Path) -> None:
    """Stop the system that runs in this home, and end whatever a crash has left of it."""
    home = home.absolute()
    record = RunRecord.read(home)
    if record is None:
        click.echo(f"Nothing runs in {home}.")
        return
    supervisor = record.processes[SUPERVISOR].process() if SUPERVISOR in record.processes else None
    if supervisor:
        with suppress(psutil.Error):
            supervisor.send_signal(signal.SIGTERM)
        wait_until(lambda: record.processes[SUPERVISOR].process() is None, time.monotonic() + SUPERVISOR_GRACE_S)
    ended = end_leftovers(home)
    click.echo(f"Stopped{f', {ended} left-over processes ended' if ended else ''}.")
