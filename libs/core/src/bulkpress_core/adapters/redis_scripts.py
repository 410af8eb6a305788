"""The Lua scripts of the stores in Redis: loading them, calling them, and what their refusals mean."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files as package_files
from typing import Any

import redis
from redis.commands.core import Script

from bulkpress_core.domain.direct_uploads import NotAwaitedError
from bulkpress_core.domain.errors import (
    BulkpressError,
    ConflictError,
    JobCancelledError,
    JobNotFoundError,
    JobSealedError,
    KeyNotFoundError,
    LeaseLostError,
    StateUnavailableError,
    TooManyFilesWaitingError,
)

SCRIPTS = (
    "create",
    "add_files",
    "awaited_in_parts",
    "arrived",
    "seal",
    "open",
    "claim",
    "renew",
    "settle",
    "defer",
    "give_back",
    "sweep",
    "cancel",
    "retry",
    "delete",
    "place",
)
KEY_SCRIPTS = ("add_key", "change_key")
IDEMPOTENCY_SCRIPTS = ("begin_once", "change_once")
LIMIT_SCRIPTS = ("admit", "end_upload")
REFUSALS: dict[bytes, type[BulkpressError]] = {
    b"job_not_found": JobNotFoundError,
    b"job_cancelled": JobCancelledError,
    b"job_sealed": JobSealedError,
    b"lease_lost": LeaseLostError,
    b"not_awaited": NotAwaitedError,
    b"conflict": ConflictError,
    b"key_not_found": KeyNotFoundError,
    b"too_many_files_waiting": TooManyFilesWaitingError,
}


class Scripts:
    """The scripts in lua/, each put after what they share (lua/prelude.lua), on keys that begin with `prefix`."""

    def __init__(self, client: redis.Redis, prefix: str, names: Sequence[str] = SCRIPTS) -> None:
        self._prefix = prefix
        folder = package_files("bulkpress_core.adapters") / "lua"
        prelude = (folder / "prelude.lua").read_text()
        self._scripts: dict[str, Script] = {}
        for name in names:
            first_line, _, body = (folder / f"{name}.lua").read_text().partition("\n")
            self._scripts[name] = client.register_script(f"{first_line}\n{prelude}\n{body}")

    def run(self, script: str, *arguments: str | float) -> list[Any]:
        """What the script replies. Raises the error that a refusal stands for, and StateUnavailableError."""
        with reaching_redis():
            reply: list[Any] = self._scripts[script](keys=[self._prefix], args=arguments)
        if reply[0] != b"ok":
            refusal, why = REFUSALS[reply[0]], b"".join(reply[1:]).decode()
            raise refusal(why) if why else refusal()
        return reply[1:]


@contextmanager
def reaching_redis() -> Iterator[None]:
    """Tell of a Redis that is away, or takes no writes, in our own words."""
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise StateUnavailableError(
            f"the Redis that holds the jobs cannot be reached: {error}. Check BULKPRESS_STATE_URL."
        ) from error
    except redis.ResponseError as error:
        if not _takes_no_writes(error):
            raise  # a script of ours is wrong
        raise StateUnavailableError(
            f"the Redis that holds the jobs takes no writes: {error}. Give it memory or disk, or name the primary."
        ) from error


def _takes_no_writes(error: redis.ResponseError) -> bool:
    """Whether its memory is full, it is a replica, or it cannot write to its disk (MISCONF)."""
    known = redis.exceptions.OutOfMemoryError, redis.exceptions.ReadOnlyError
    return isinstance(error, known) or str(error).startswith("MISCONF")
