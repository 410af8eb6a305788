"""A real Prometheus that has seen a system work."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bulkpress_client import Client
from tests.e2e.test_local_stack import record_of, up
from tests.support.pdf_factory import features, images
from tests.support.prometheus import Prometheus, running_prometheus
from tests.support.waiting import until

RULES = Path(__file__).parents[2] / "charts" / "bulkpress" / "files" / "rules" / "bulkpress.yaml"
OTHERS = {"redis", "flower"}  # which have no figures of ours


@contextmanager
def watched_system(folder: Path) -> Iterator[tuple[Prometheus, Client]]:
    """A system that works in the folder, the server that asks all of it, and a client of its gateway."""
    with up(folder / "home"):
        addresses = record_of(folder / "home").addresses
        asked = {name: url for name, url in addresses.items() if name not in OTHERS}
        targets = {name: url.partition("://")[2].partition("/")[0] for name, url in asked.items()}
        with running_prometheus(folder, targets, RULES) as server, Client(addresses["gateway"]) as client:
            until(lambda: len(server.query("up == 1")) == len(targets), "all are asked", limit_s=30)
            yield server, client


@pytest.fixture(scope="package")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A server that has asked a system while it worked on good files and bad ones."""
    folder = tmp_path_factory.mktemp("seen")
    (folder / "photo.pdf").write_bytes(images.photo_jpeg(900, 700))
    (folder / "form.pdf").write_bytes(features.form())
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\n" + bytes(5000))
    with watched_system(folder) as (server, client):
        job = client.wait(client.submit(sorted(folder.glob("*.pdf"))).job_id)
        assert (job.done_count, job.failed_count) == (2, 1)
        until(lambda: server.query("sum(bulkpress_files_total) >= 3"), "the files' ends are scraped", limit_s=30)
        until(lambda: server.query("bulkpress_last_sweep_timestamp_seconds"), "a sweep is scraped", limit_s=30)
        yield server
