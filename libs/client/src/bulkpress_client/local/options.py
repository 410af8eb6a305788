"""What can be chosen of the system on this machine, and the ports it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bulkpress_client.local.errors import PortTakenError
from bulkpress_client.local.ports import free_ports, holder, is_free

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class PortUse:
    """What a port is for, and what chooses another."""

    purpose: str
    option: str
    variable: str
    default: int


PORTS: Mapping[str, PortUse] = {
    "gateway": PortUse("the gateway's API", "--gateway-port", "BULKPRESS_GATEWAY_PORT", 8000),
    "flower": PortUse("Flower", "--flower-port", "BULKPRESS_FLOWER_PORT", 5555),
    "redis": PortUse("the embedded Valkey", "--redis-port", "BULKPRESS_REDIS_PORT", 6390),
    "worker": PortUse("the worker's metrics", "--worker-metrics-port", "BULKPRESS_WORKER_METRICS_PORT", 9101),
    **{
        f"worker-{lane}": PortUse(
            f"the {lane} worker's metrics",
            f"--{lane}-metrics-port",
            f"BULKPRESS_{lane.upper()}_METRICS_PORT",
            port,
        )
        for lane, port in (("express", 9103), ("heavy", 9104), ("cleanup", 9105))
    },
    "scheduler": PortUse(
        "the scheduler's metrics", "--scheduler-metrics-port", "BULKPRESS_SCHEDULER_METRICS_PORT", 9102
    ),
}


@dataclass(frozen=True, slots=True)
class StackOptions:
    """What `bulkpress up` was asked for. A port of 0 takes a free one."""

    home: Path
    ports: Mapping[str, int] = field(default_factory=lambda: {name: use.default for name, use in PORTS.items()})
    gateway_host: str = LOOPBACK
    concurrency: int | None = None  # files pressed at once; the worker's own choice, if None

    def with_ports_found(self, *, embedded_redis: bool) -> "StackOptions":
        """The same with every port decided and seen to be free. Raises PortTakenError."""
        wanted = {name: port for name, port in self.ports.items() if name != "redis" or embedded_redis}
        chosen = [port for port in wanted.values() if port]
        missing = [name for name, port in wanted.items() if not port]
        found = free_ports(LOOPBACK, len(missing), besides=chosen)
        ports = wanted | dict(zip(missing, found, strict=True))
        for name, port in ports.items():
            use = PORTS[name]
            if not is_free(self.gateway_host if name == "gateway" else LOOPBACK, port):
                raise PortTakenError(port, use.purpose, use.option, use.variable, holder(port))
            if twin := next((other for other in ports if other != name and ports[other] == port), None):
                raise PortTakenError(port, use.purpose, use.option, use.variable, PORTS[twin].purpose)
        return replace(self, ports=ports)
