"""Ports: whether one can be had, who has it, and finding free ones."""

import socket
from collections.abc import Sequence
from contextlib import ExitStack, suppress

import psutil


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: old connections do not count
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_ports(host: str, count: int, *, besides: Sequence[int] = ()) -> list[int]:
    """Ports, all different, that are free just now and none of `besides`."""
    found: list[int] = []
    with ExitStack() as held:  # held until all are found, so that none is found twice
        while len(found) < count:
            probe = held.enter_context(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET))
            probe.bind((host, 0))
            port: int = probe.getsockname()[1]
            if port not in besides:
                found.append(port)
    return found


def holder(port: int) -> str:
    """Who listens on the port, such as `redis-server (process 815)`; empty where the system does not tell."""
    with suppress(psutil.Error, OSError):
        for one in psutil.net_connections("tcp"):
            if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port and one.pid:
                return f"{psutil.Process(one.pid).name()} (process {one.pid})"
    return ""
