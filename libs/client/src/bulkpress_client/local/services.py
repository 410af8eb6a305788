"""The services of the system on this machine: how each is started, with which settings, and how one sees it ready."""

import os
import secrets
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bulkpress_client.local.options import LOOPBACK, StackOptions

BULK = "compression"
# The queues that the workers share out among them, by what each worker is called.
LANES = {"compression": "", "compression-express": "express", "compression-heavy": "heavy", "cleanup": "cleanup"}
RUN_ID_VARIABLE = "BULKPRESS_RUN_ID"  # every process of a run inherits it: by it, leftovers are found


@dataclass(frozen=True, slots=True)
class Service:
    """One program to run. It is ready when `ready_path` answers 200 on its port."""

    name: str
    arguments: tuple[str, ...]  # of this Python
    host: str
    port: int
    ready_path: str = "/readyz"
    environment: Mapping[str, str] = field(default_factory=dict)  # what it has besides that of all

    @property
    def command(self) -> list[str]:
        """The whole command line."""
        return [sys.executable, *self.arguments]

    @property
    def url(self) -> str:
        """Its address, for people."""
        return f"http://{self.host}:{self.port}"


def services(options: StackOptions) -> list[Service]:
    """All of them, in the order in which they are started and stopped."""
    ports = options.ports
    reachable = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(options.gateway_host, options.gateway_host)  # noqa: S104 - a reader
    flower = ("-m", "celery", "-A", "celery_worker.celery", "flower")
    return [
        Service("gateway", ("-m", "upload_gateway"), reachable, ports["gateway"]),
        *(_worker(lane, options) for lane in LANES),
        Service("scheduler", ("-m", "scheduler"), LOOPBACK, ports["scheduler"]),
        Service(
            "flower",
            (*flower, f"--address={LOOPBACK}", f"--port={ports['flower']}"),
            LOOPBACK,
            ports["flower"],
            ready_path="/healthcheck",
        ),
    ]


def _worker(lane: str, options: StackOptions) -> Service:
    """The worker of one lane. Bulk work gets the cores; the others, mostly idle, press one file at a time."""
    name = "worker" if lane == BULK else f"worker-{LANES[lane]}"
    concurrency = options.concurrency if lane == BULK else 1
    return Service(
        name,
        ("-m", "compression_worker", *([f"--concurrency={concurrency}"] if concurrency else [])),
        LOOPBACK,
        options.ports[name],
        environment={"BULKPRESS_LANES": lane, "BULKPRESS_WORKER_METRICS_PORT": str(options.ports[name])},
    )


def secret(home: Path) -> str:
    """What this home seals with: made once, readable by its owner alone. Raises OSError."""
    path = home / "secret"
    with suppress(FileExistsError), open(path, "x", opener=partial(os.open, mode=0o600)) as file:
        file.write(secrets.token_hex(32))
    return path.read_text().strip()


def settings(options: StackOptions, inherited: Mapping[str, str], *, run_id: str) -> dict[str, str]:
    """The environment of every service: what was inherited, the ports, and defaults for where jobs and bytes live.

    CELERY_BROKER_URL wins over the embedded Valkey; there, messages are in database 0 and jobs in database 1.
    """
    ports = options.ports
    embedded = f"redis://{LOOPBACK}:{ports['redis']}" if "redis" in ports else ""
    broker = inherited.get("CELERY_BROKER_URL") or f"{embedded}/0"
    defaults = {
        "CELERY_BROKER_URL": broker,
        "CELERY_RESULT_BACKEND": broker,
        "BULKPRESS_STORE": str(options.home / "store"),
        "BULKPRESS_SECRET_KEY": inherited.get("BULKPRESS_SECRET_KEY") or secret(options.home),
    }
    if embedded:
        defaults |= {"BULKPRESS_STATE_URL": f"{embedded}/1", "CELERY_RESULT_BACKEND": broker}
    fixed = {
        "BULKPRESS_GATEWAY_HOST": options.gateway_host,
        "BULKPRESS_GATEWAY_PORT": str(ports["gateway"]),
        "BULKPRESS_SCHEDULER_METRICS_PORT": str(ports["scheduler"]),
        "BULKPRESS_METRICS_HOST": LOOPBACK,
        "PYTHONUNBUFFERED": "1",  # so that a log ends with what a service last said
        RUN_ID_VARIABLE: run_id,
    }
    whole = defaults | dict(inherited) | fixed
    whole.pop("FLOWER_UNAUTHENTICATED_API", None)  # Flower's API can stop workers: not for everyone on this machine
    return whole
