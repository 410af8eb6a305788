"""One load through the system, from the first byte of the upload to the last result, and what is seen meanwhile."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bulkpress_client.sdk.client import Client
from tests.bench.system.counting import Settlements, commands_counted
from tests.bench.system.mixes import Mix
from tests.bench.system.places import Place
from tests.bench.system.watching import Use, watched
from tests.support.versitygw import requests_served

ENDS = frozenset({"file.done", "file.kept", "file.failed"})


@dataclass(frozen=True)
class Run:
    """One load in one place."""

    upload_s: float
    pressed_s: float  # from the first byte sent to the last file's end, upload included
    downloaded_s: float  # and until all results are on disk again
    lags_ms: list[float]  # from Redis' word that a file has ended until its event was read
    parts: dict[str, Use]


def run(place: Place, mix: Mix) -> Run:
    """Hand the load in as one job, follow it to its end, download it, and delete it."""
    with Client(place.gateway_url) as client, Settlements(place.redis_url) as settled, watched(place.parts) as watch:
        started = time.perf_counter()
        job_id = client.submit(mix.paths).job_id
        upload_s = time.perf_counter() - started
        read_at = [time.time() for event in client.events(job_id) if event.name in ENDS]
        pressed_s = time.perf_counter() - started
        job = client.job(job_id)
        if job.done_count + job.kept_count != len(mix.paths):
            raise SystemExit(f"{place.name}, {mix.name}: {job}")
        with TemporaryDirectory() as folder:
            client.download(job_id, folder)
        downloaded_s = time.perf_counter() - started
    with Client(place.gateway_url) as client:
        client.delete(job_id)
    lags_ms = [1000 * (read - told) for told, read in zip(settled.of(job_id), read_at, strict=False)]
    return Run(upload_s, pressed_s, downloaded_s, lags_ms, watch.parts)


def seconds_to_accept(place: Place, paths: Sequence[Path]) -> list[float]:
    """How long each of these files takes, as a job of its own on an idle system, from the request to its 202."""
    taken = []
    with Client(place.gateway_url) as client:
        for path in paths:
            started = time.perf_counter()
            job_id = client.submit([path]).job_id
            taken.append(time.perf_counter() - started)
            client.wait(job_id)
            client.delete(job_id)
    return taken


def counted(place: Place, mix: Mix) -> tuple[Counter[str], Counter[str]]:
    """Commands to Redis and requests to the store for this load, from its upload to its deletion."""
    before = requests_served(place.s3_log) if place.s3_log else Counter[str]()
    with commands_counted(place.redis_url) as commands:
        run(place, mix)
    after = requests_served(place.s3_log) if place.s3_log else Counter[str]()
    return commands, after - before
