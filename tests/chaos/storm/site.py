"""Where the storm takes place: servers, two workers and a scheduler that somebody starts again when they die."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.faulty_link import FaultyLink
from tests.support.s3 import running_s3_server
from tests.support.services import SCHEDULER, WORKER, Service, System
from tests.support.valkey import ValkeyServer

WORKERS = 2
SCRATCH_QUOTA_BYTES = 64 * 2**20
LANE_WORKER = [*WORKER, "--concurrency=1"]
SETTINGS = {
    "bulkpress_lease_s": "3",
    "bulkpress_sweep_interval_s": "1",
    # A storm is a hundred bad days in two minutes: nobody's patience is set for that.
    "bulkpress_max_attempts": "100",
    "bulkpress_max_retries": "100",
    "bulkpress_retry_delay_s": "0.05",
    "bulkpress_scratch_quota_bytes": str(SCRATCH_QUOTA_BYTES),
    "bulkpress_shutdown_grace_s": "5",
}


@dataclass
class Site:
    """The parts that can be hurt."""

    system: System
    valkey: ValkeyServer
    link: FaultyLink
    workers: list[Service] = field(default_factory=list)
    schedulers: list[Service] = field(default_factory=list)

    def keep_running(self) -> None:
        """Start what has ended, as a supervisor does: without waiting for it, for Redis may be away."""
        for services, command in ((self.workers, LANE_WORKER), (self.schedulers, SCHEDULER)):
            for place, service in enumerate(services):
                if service.process.poll() is not None:
                    services[place] = self.system.launch(command)

    def start(self) -> None:
        """Start all services and wait until they are ready."""
        self.workers = [self.system.start(LANE_WORKER, ready=" ready.") for _ in range(WORKERS)]
        self.schedulers = [self.system.start(SCHEDULER)]

    def end(self) -> list[int]:
        """Tell all services to stop; return their exit codes."""
        return [service.end() for service in (*self.workers, *self.schedulers)]


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """The site, its services not started yet. Everything ends with the context."""
    with ExitStack() as parts:
        server = parts.enter_context(running_s3_server())
        link = parts.enter_context(FaultyLink(urlsplit(server.endpoint).port or 80))
        valkey = parts.enter_context(ValkeyServer(folder / "valkey"))
        client = server.client()
        client.create_bucket(Bucket="storm")
        client.close()
        os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"] = server.access_key, server.secret_key
        os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
        system = System(
            folder,
            valkey.url,
            bulkpress_state_url=valkey.url.removesuffix("/0") + "/1",
            bulkpress_store="s3://storm",
            bulkpress_s3_endpoint=f"http://127.0.0.1:{link.port}",
            **SETTINGS,
        )
        yield Site(parts.enter_context(system), valkey, link)


def wait(seconds: float) -> None:
    """Let the storm go on; the one place where it waits for time and not for an event."""
    time.sleep(seconds)
