"""`bulkpress download`: fetch a job's results."""

from pathlib import Path

import click

from bulkpress_client.cli.remote import JOB, remote
from bulkpress_client.sdk import Client


@click.command("download")
@JOB
@click.option("-o", "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("out"), show_default=True)
@click.option("--file", "number", type=click.IntRange(min=0), help="Only the file of this number, as soon as it ended.")
@remote
def command(*, client: Client, job_id: str, out: Path, number: int | None) -> int:
    """Write the results of a job into a folder, and print their paths. Files of the same names are replaced."""
    if number is None:
        paths = client.download(job_id, out)
    else:
        out.mkdir(parents=True, exist_ok=True)
        name = Path(client.file(job_id, number).name).name
        paths = [client.download_file(job_id, number, out / name)]
    for path in paths:
        click.echo(path)
    return 0
