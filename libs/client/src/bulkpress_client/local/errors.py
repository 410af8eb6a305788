"""Why the system did not start on this machine, or ended: one tree, each message fit for people as it is."""

import os
from pathlib import Path


class LocalStackError(Exception):
    """The system on this machine cannot run."""


class PortTakenError(LocalStackError):
    """A port that the system needs is used by another program."""

    def __init__(self, port: int, purpose: str, option: str, variable: str, holder: str) -> None:
        held = f" by {holder}" if holder else ""
        super().__init__(
            f"port {port}, meant for {purpose}, is in use{held}. "
            f"Stop what uses it, or choose another with {option} or {variable}"
        )


class HomeUnusableError(LocalStackError):
    """The folder for logs, data and the record of what runs cannot be made or written."""

    def __init__(self, home: Path, error: OSError) -> None:
        reason = os.strerror(error.errno) if error.errno else str(error)
        super().__init__(f"cannot work in {home}: {reason}. Make room or give rights there, or name another --home")


class AlreadyRunningError(LocalStackError):
    """Another `bulkpress up` runs in the same home."""

    def __init__(self, home: Path, pid: int | None) -> None:
        known = f" (process {pid})" if pid else ""
        super().__init__(
            f"the system runs already in {home}{known}. Stop it with `bulkpress down --home {home}`, "
            "or give this one another --home and other ports"
        )


class ServiceEndedError(LocalStackError):
    """A service ended by itself; `exit_code` is None where it is not known. `said` is the end of its log."""

    def __init__(self, name: str, exit_code: int | None, log_path: Path, said: str) -> None:
        how = "ended" if exit_code is None else f"ended with exit code {exit_code}"
        if exit_code is not None and exit_code < 0:
            how = f"was ended by signal {-exit_code}"
        super().__init__(f"{name} {how}. {_end_of_log(log_path, said)}")


class NotReadyError(LocalStackError):
    """A service started but did not become ready in time. `answered` is what it said last when asked."""

    def __init__(self, name: str, limit_s: float, log_path: Path, answered: str, said: str) -> None:
        super().__init__(f"{name} was not ready after {limit_s:.0f} s ({answered}). {_end_of_log(log_path, said)}")


def _end_of_log(log_path: Path, said: str) -> str:
    return f"The end of its log, {log_path}:\n{said or '(nothing)'}"
