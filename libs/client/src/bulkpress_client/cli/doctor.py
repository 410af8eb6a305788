"""`bulkpress doctor`: what works here and at the gateway, and how to mend what does not."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import click
import httpx

from bulkpress_client import settings
from bulkpress_client.sdk import BulkpressApiError, Client, NotAuthenticatedError, UnreachableError
from bulkpress_client.sdk.client import DEFAULT_URL
from bulkpress_client.words import in_bytes
from bulkpress_engine.errors import EngineError
from bulkpress_engine.images.codecs.jbig2 import HAS_JBIG2
from bulkpress_engine.options import DEFAULT_LIMITS, PressOptions
from bulkpress_engine.sandbox import Sandbox, SandboxError

EXIT_ILL = 1
LITTLE_BYTES = 2 * 10**9  # of scratch space: the largest file that is taken, and its result
TIMEOUT_S = 10.0
# A page with nothing on it, without a table of objects: readers make one (ISO 32000-2, annex I).
PAGE = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, what was found, and where that is bad, what to do."""

    what: str
    found: str
    remedy: str = ""

    @property
    def is_well(self) -> bool:
        """Whether nothing is to be done."""
        return not self.remedy


@click.command("doctor")
@click.option("--server", metavar="URL", envvar="BULKPRESS_SERVER", help="The gateway to look at, too.")
@click.option("--api-key", metavar="KEY", envvar="BULKPRESS_API_KEY", help="Where the gateway asks who calls.")
def command(*, server: str | None, api_key: str | None) -> None:
    """Check that compressing works on this machine, and at the gateway; say how to mend what does not.

    Exits with 0 when all is well, 1 when something is not, 2 on wrong usage.
    """
    try:
        told = settings.config()
    except settings.ConfigError as error:
        raise click.UsageError(str(error)) from None
    url, key = server or told.get("server", ""), api_key or told.get("api_key", "")
    is_well = True
    for finding in [*here(), *there(url, key)]:
        click.echo(f"{'ok  ' if finding.is_well else 'BAD '} {finding.what}: {finding.found}")
        if not finding.is_well:
            click.echo(f"     {finding.remedy}")
            is_well = False
    sys.exit(0 if is_well else EXIT_ILL)


def here() -> Iterator[Finding]:
    """What `bulkpress compress` needs."""
    yield Finding("Bulkpress", version("bulkpress-client"))
    yield _engine()
    if HAS_JBIG2:
        yield Finding("JBIG2", "1-bit images are stored as JBIG2")
    else:
        remedy = "Install a C compiler and Python's headers, then `make clean setup`: a third smaller."
        yield Finding("JBIG2", "1-bit images are stored as CCITT group 4", remedy)
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    remedy = "" if free > LITTLE_BYTES else "Make room, or let TMPDIR name a folder with more."
    yield Finding("scratch space", f"{in_bytes(free)} free in {folder}", remedy)


def _engine() -> Finding:
    with tempfile.TemporaryDirectory(prefix="bulkpress-doctor-") as name:
        source = Path(name, "page.pdf")
        source.write_bytes(PAGE)
        try:
            with Sandbox(DEFAULT_LIMITS) as sandbox:
                sandbox.press(source, Path(name, "pressed.pdf"), PressOptions())
        except (SandboxError, EngineError, OSError) as error:
            return Finding("engine", f"{error}", "Run it with `ulimit -a` in view: limits of the shell may be too low.")
    return Finding("engine", "a page was pressed in a process of its own, with limits")


def there(url: str, key: str) -> Iterator[Finding]:
    """What the gateway says of itself and of what is behind it; nothing, where none is named."""
    if not url:
        return
    try:
        answer = httpx.get(f"{url.rstrip('/')}/readyz", timeout=TIMEOUT_S, trust_env=False)
    except (httpx.TransportError, httpx.InvalidURL) as error:
        remedy = f"Start it (`make up`), or name another with --server; usually {DEFAULT_URL}."
        yield Finding("gateway", f"no answer from {url}: {error}", remedy)
        return
    yield from _readiness(url, answer)
    yield from _access(lambda: Client(url, api_key=key))


def _readiness(url: str, answer: httpx.Response) -> Iterator[Finding]:
    try:
        told = answer.json()
    except ValueError:
        told = None
    if answer.is_success:
        yield Finding("gateway", f"{url} is ready")
    elif isinstance(told, dict) and told.get("code") == "not_ready":
        for part in told.get("failed", []):
            yield Finding(part, "out of reach of the gateway", REMEDIES.get(part, "Its log says why."))
    else:
        yield Finding("gateway", f"{url} answers {answer.status_code}", "Is this the gateway? See what is before it.")


REMEDIES = {
    "state_store": "Is Redis up? See BULKPRESS_STATE_URL; the gateway's log has the reason.",
    "object_store": "Is the store up, may the gateway read and write? See BULKPRESS_STORE, BULKPRESS_S3_ENDPOINT.",
    "broker": "Is Redis up? See CELERY_BROKER_URL; jobs are taken in all the same, and begun later.",
}


def _access(connect: Callable[[], Client]) -> Iterator[Finding]:
    try:
        with connect() as client:
            next(iter(client.jobs()), None)
    except NotAuthenticatedError as error:
        yield Finding("access", str(error), "Give --api-key; `bulkpress keys create` makes one.")
    except (BulkpressApiError, UnreachableError) as error:
        yield Finding("access", str(error), "The gateway's log has more, under the request's id.")
    else:
        yield Finding("access", "jobs can be listed")
