"""`bulkpress jobs`: what was handed in, newest first."""

import sys
from itertools import islice

import click
from rich.console import Console
from rich.table import Table

from bulkpress_client.cli.remote import JSON, as_json, remote
from bulkpress_client.sdk import Client, JobView
from bulkpress_client.words import in_bytes, saved_share

STATUSES = click.Choice(["receiving", "queued", "running", "finished"])
PLAIN_WIDTH = 160  # where there is no terminal to ask


@click.command("jobs")
@click.option("--status", type=STATUSES, help="Only jobs that stand there.")
@click.option("--failed", "has_failures", flag_value=True, type=bool, help="Only jobs with failed files.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
@JSON
@remote
def command(*, client: Client, status: str | None, has_failures: bool | None, limit: int, wants_json: bool) -> int:
    """List jobs that have not expired, newest first."""
    found = list(islice(client.jobs(status=status, has_failures=has_failures), limit))
    if wants_json:
        for job in found:
            click.echo(as_json(job))
        return 0
    Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH).print(_table(found), markup=False)
    return 0


def _table(jobs: list[JobView]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False)
    for heading in ("Job", "Created", "Status"):
        table.add_column(heading, no_wrap=True)
    for heading in ("Files", "Ended", "Failed", "Before", "After", "Saved"):
        table.add_column(heading, justify="right", no_wrap=True)
    for job in jobs:
        numbers = map(str, (job.file_count, job.completed_count, job.failed_count))
        sizes = in_bytes(job.bytes_in), in_bytes(job.bytes_out), saved_share(job.bytes_in, job.bytes_out)
        table.add_row(job.job_id, job.created_at[:16].replace("T", " "), job.status, *numbers, *sizes)
    return table
