"""`bulkpress submit`: hand a job to a gateway."""

from pathlib import Path

import click

from bulkpress_client.batch.layout import LayoutError, lay_out
from bulkpress_client.cli.remote import JSON, LEVEL, as_json, bar, code_of, follow, remote, tell_end
from bulkpress_client.sdk import Client, ConflictError, JobView
from bulkpress_client.sdk.calls import Options

INPUT = click.Path(exists=True, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
STRAIGHT_FROM_BYTES = 100 * 10**6  # a broken upload of more than that is worth going on with


@click.command("submit")
@click.argument("inputs", metavar="[IN]...", nargs=-1, type=INPUT)
@LEVEL
@click.option("--set", "settings", metavar="OPTION=VALUE", multiple=True, help="Any other option of a job; repeatable.")
@click.option("--url", "urls", metavar="URL", multiple=True, help="A file for the workers to fetch; repeatable.")
@click.option("--s3", "prefix", metavar="s3://BUCKET/PATH/", help="All PDFs below a prefix that you may read.")
@click.option("--target", metavar="s3://BUCKET/PATH/", help="With --s3: where results go.")
@click.option(
    "--key", "idempotency_key", metavar="TEXT", help="With the same key, one job however often it is run in a day."
)
@click.option("--wait", is_flag=True, help="Wait until it is finished.")
@click.option("-o", "--out", type=FOLDER, help="Wait, and download the results into this folder.")
@JSON
@remote
def command(
    *,
    client: Client,
    inputs: tuple[Path, ...],
    level: str,
    settings: tuple[str, ...],
    urls: tuple[str, ...],
    prefix: str | None,
    target: str | None,
    idempotency_key: str | None,
    wait: bool,
    out: Path | None,
    wants_json: bool,
) -> int:
    """Hand in PDF files, and all PDFs in folders, as one job; print its id.

    Large files go straight to the object store, where it has URLs. Exits with 0, or with --wait or --out as `bulkpress
    watch` does.
    """
    if sum(map(bool, (inputs, urls, prefix))) != 1:
        raise click.UsageError("name files and folders, or --url, or --s3: one of the three")
    if target and not prefix:
        raise click.UsageError("--target goes with --s3")
    options = _options(settings)
    if urls:
        job = client.submit_urls(urls, level=level, options=options, idempotency_key=idempotency_key)
    elif prefix:
        source = {"prefix": prefix}
        job = client.submit_s3(source, target, level=level, options=options, idempotency_key=idempotency_key)
    else:
        job = _sent(client, _named(inputs), level, options, idempotency_key)
    if not (wait or out):
        click.echo(as_json(job) if wants_json else job.job_id)
        return 0
    click.echo(f"Job {job.job_id}", err=True)
    job = follow(client, job.job_id, as_json=wants_json)
    code = code_of(job) if wants_json else tell_end(client, job)
    if out and job.done_count + job.kept_count:
        client.download(job.job_id, out)
    return code


def _named(inputs: tuple[Path, ...]) -> dict[str, Path]:
    """The files by their names: what is found in a folder has its path there."""
    try:
        return {one.name: one.source for one in lay_out(inputs, Path(), out_is_folder=True, is_written=False)}
    except LayoutError as error:
        raise click.UsageError(str(error)) from None


def _options(settings: tuple[str, ...]) -> dict[str, str]:
    pairs = [one.partition("=") for one in settings]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise click.UsageError(f"--set {wrong[0]}: write it as OPTION=VALUE")
    return {name: value for name, _, value in pairs}


def _sent(client: Client, files: dict[str, Path], level: str, options: Options, key: str | None) -> JobView:
    total = sum(path.stat().st_size for path in files.values())
    if total >= STRAIGHT_FROM_BYTES and not options:  # options of other types than text are JSON's own there
        with bar() as progress:
            task = progress.add_task("Uploading", total=total)
            try:
                return client.submit_direct(
                    files, level=level, idempotency_key=key, on_bytes=lambda more: progress.advance(task, more)
                )
            except ConflictError as error:
                if error.code != "no_direct_uploads":
                    raise
    return client.submit(files, level=level, options=options, idempotency_key=key)
