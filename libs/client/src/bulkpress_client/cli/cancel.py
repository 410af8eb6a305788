"""`bulkpress cancel`: end a job."""

import click

from bulkpress_client.cli.remote import JOB, JSON, as_json, remote, stand
from bulkpress_client.sdk import Client


@click.command("cancel")
@JOB
@JSON
@remote
def command(*, client: Client, job_id: str, wants_json: bool) -> int:
    """End a job: files that wait at once, those being pressed within two seconds. Results that are there stay."""
    job = client.cancel(job_id)
    click.echo(as_json(job) if wants_json else stand(job))
    return 0
