"""Commands to Redis: how many there are."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis

END_OF_COUNT = "bench:end"


@contextmanager
def commands_counted(redis_url: str) -> Iterator[Counter[str]]:
    """Counts by `sent NAME` what clients send to Redis meanwhile, and by `script NAME` what scripts run inside it.

    MONITOR slows Redis down: nothing may be timed in this context.
    """
    counts: Counter[str] = Counter()
    with redis.Redis.from_url(redis_url) as client, client.monitor() as monitor:

        def count() -> None:
            for said in monitor.listen():
                words = said["command"].split(" ", 2)
                if END_OF_COUNT in said["command"]:
                    return
                counts[("script " if said["client_type"] == "lua" else "sent ") + words[0].upper()] += 1

        thread = threading.Thread(target=count)
        thread.start()
        try:
            yield counts
        finally:
            client.echo(END_OF_COUNT)
            thread.join()


class Settlements:
    """Listens to Redis for what is published when a file ends, and notes when it came. A context manager."""

    def __init__(self, redis_url: str) -> None:
        self._client = redis.Redis.from_url(redis_url)
        # redis-py says that it is typed, and has no types for this method
        self._listening: Any = self._client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        self._told: list[tuple[str, float]] = []

    def __enter__(self) -> "Settlements":
        self._listening.psubscribe(**{"*stories": self._note})
        self._thread = self._listening.run_in_thread(sleep_time=0.01)
        return self

    def __exit__(self, *exception: object) -> None:
        self._thread.stop()
        self._thread.join()
        self._client.close()

    def of(self, job_id: str) -> list[float]:
        """When the job's files ended, in seconds since 1970: the first word of a job says that it was opened."""
        return [at for job, at in self._told if job == job_id][1:]

    def _note(self, message: dict[str, bytes]) -> None:
        self._told.append((message["data"].decode(), time.time()))
