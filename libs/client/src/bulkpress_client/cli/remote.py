"""What the commands that talk to a gateway have in common: where it is, who calls, and how they end.

Exit codes: 0 all went well, 1 some files failed or were cancelled (or the disk is in the way), 2 wrong usage, 3 the
gateway refused, 4 it did not answer, 128 + n ended by a signal.
"""

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bulkpress_client import settings
from bulkpress_client.cli.signals import ended_by_signals
from bulkpress_client.sdk import (
    BulkpressApiError,
    Client,
    FileView,
    JobView,
    NotAuthenticatedError,
    Retries,
    UnreachableError,
    UnsafeArchiveError,
)
from bulkpress_client.sdk.client import DEFAULT_URL
from bulkpress_client.words import in_bytes, printable, saved_share

EXIT_SOME_FAILED, EXIT_REFUSED, EXIT_UNREACHABLE = 1, 3, 4
FAILURES_SHOWN = 100
IMPATIENT = Retries(attempts=4)  # somebody is waiting at the terminal
JOB = click.argument("job_id", metavar="JOB")
JSON = click.option("--json", "wants_json", is_flag=True, help="For programs.")
LEVEL = click.option("--level", type=click.Choice(["low", "medium", "high"]), default="medium", show_default=True)


def remote(command: Callable[..., int]) -> Callable[..., None]:
    """Give a command `client`, and options for where that is; what it returns is the exit code."""

    @click.option(
        "--server", metavar="URL", envvar="BULKPRESS_SERVER", help=f"The gateway; {DEFAULT_URL}, if not given."
    )
    @click.option("--api-key", metavar="KEY", envvar="BULKPRESS_API_KEY", help="Where the gateway asks who calls.")
    @wraps(command)
    def run(*, server: str | None, api_key: str | None, **asked: Any) -> None:
        try:
            told = settings.config()
        except settings.ConfigError as error:
            raise click.UsageError(str(error)) from None
        url, key = server or told.get("server", DEFAULT_URL), api_key or told.get("api_key", "")
        try:
            with ended_by_signals("what was handed in goes on"), Client(url, api_key=key, retries=IMPATIENT) as client:
                code = command(client=client, **asked)
        except NotAuthenticatedError as error:
            _end(f"{error}. Give --api-key, or set BULKPRESS_API_KEY", EXIT_REFUSED)
        except BulkpressApiError as error:
            _end(str(error), EXIT_REFUSED)
        except UnreachableError as error:
            _end(str(error), EXIT_UNREACHABLE)
        except (OSError, UnsafeArchiveError) as error:
            raise click.ClickException(str(error)) from error
        sys.exit(code)

    return run


def _end(message: str, code: int) -> None:
    click.echo(f"Error: {message}", err=True)
    sys.exit(code)


def bar(*, wanted: bool = True) -> Progress:
    """A progress bar on the terminal's error channel; where there is none, nothing."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=console, transient=True, disable=not (wanted and console.is_terminal))


def follow(client: Client, job_id: str, *, as_json: bool) -> JobView:
    """Show what happens to the job until it is finished: a bar, or with `as_json` each event in a line."""
    job = client.job(job_id)
    with bar(wanted=not as_json) as progress:
        task = progress.add_task("Compressing", total=job.file_count)
        ended = 0
        for event in client.events(job_id):
            if as_json:
                click.echo(json.dumps({"id": event.id, "event": event.name, "data": dict(event.data)}))
            ended = int(event.data.get("completed_count", ended + event.name.startswith("file.")))
            progress.update(task, completed=min(ended, job.file_count))
    return client.job(job_id)


def tell_end(client: Client, job: JobView) -> int:
    """Say how the job ended, and which files failed and why; the exit code for that."""
    sizes = f"{in_bytes(job.bytes_in)} -> {in_bytes(job.bytes_out)} ({saved_share(job.bytes_in, job.bytes_out)})"
    cancelled = f", {job.cancelled_count} cancelled" if job.cancelled_count else ""
    counts = f"{job.done_count} compressed, {job.kept_count} kept, {job.failed_count} failed{cancelled}"
    click.echo(f"{job.job_id}: {counts}; {sizes}")
    if job.failed_count:
        for count, file in enumerate(client.files(job.job_id, state="failed")):
            if count == FAILURES_SHOWN:
                click.echo(f"... and {job.failed_count - count} more", err=True)
                break
            click.echo(failure(file), err=True)
    return code_of(job)


def stand(job: JobView) -> str:
    """Where a job stands, in a line."""
    return f"{job.job_id}: {job.status}, {job.completed_count} of {job.file_count} files ended"


def failure(file: FileView) -> str:
    """A failed file in a line."""
    return f"{printable(file.name)}: {printable(file.message)} ({file.reason})"


def code_of(job: JobView) -> int:
    """The exit code for a finished job."""
    return EXIT_SOME_FAILED if job.failed_count or job.cancelled_count else 0


def as_json(job: JobView) -> str:
    """A job in a line of JSON."""
    return json.dumps({name: getattr(job, name) for name in job.__dataclass_fields__})
