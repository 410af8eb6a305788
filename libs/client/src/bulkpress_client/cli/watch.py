"""`bulkpress watch`: follow a job to its end."""

import click

from bulkpress_client.cli.remote import JOB, JSON, code_of, follow, remote, tell_end
from bulkpress_client.sdk import Client


@click.command("watch")
@JOB
@JSON
@remote
def command(*, client: Client, job_id: str, wants_json: bool) -> int:
    """Follow a job until it is finished, then say how it ended; with --json, each event in a line.

    Exits with 0 when every file has a result, 1 when some failed or were cancelled.
    """
    job = follow(client, job_id, as_json=wants_json)
    return code_of(job) if wants_json else tell_end(client, job)
