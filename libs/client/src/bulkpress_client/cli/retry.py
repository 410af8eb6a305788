"""`bulkpress retry`: press a job's failed files again."""

import click

from bulkpress_client.cli.remote import JOB, JSON, as_json, remote, stand
from bulkpress_client.sdk import Client


@click.command("retry")
@JOB
@JSON
@remote
def command(*, client: Client, job_id: str, wants_json: bool) -> int:
    """Press a job's failed files once more, and no other."""
    job = client.retry(job_id)
    click.echo(as_json(job) if wants_json else stand(job))
    return 0
