"""The faults: each hurts one part for a while and leaves it able to work again."""

import os
import random
from collections.abc import Callable
from contextlib import suppress

import psutil
import redis

from tests.chaos.storm.site import SCRATCH_QUOTA_BYTES, Site, wait

Fault = Callable[[Site, random.Random], None]


def kill_a_worker(site: Site, chance: random.Random) -> None:
    """SIGKILL for all its processes at once, as when a container runs out of memory."""
    chance.choice(site.workers).kill()


def kill_a_main_process(site: Site, chance: random.Random) -> None:
    """SIGKILL for the worker's main process alone: its pool must follow."""
    worker = chance.choice(site.workers)
    worker.process.kill()
    worker.process.wait()


def kill_a_child(site: Site, chance: random.Random) -> None:
    """SIGKILL for any one process that a worker has started: of the pool, a zygote, or one that presses."""
    worker = chance.choice(site.workers)
    children = [process for process in worker.members() if process.pid != worker.process.pid]
    if children:
        with suppress(psutil.NoSuchProcess):
            chance.choice(sorted(children, key=lambda process: process.pid)).kill()


def kill_the_scheduler(site: Site, _chance: random.Random) -> None:
    """SIGKILL for beat and sweeps."""
    site.schedulers[0].kill()


def stop_valkey(site: Site, chance: random.Random) -> None:
    """Valkey is gone for 5 to 20 s, by SIGTERM or SIGKILL, and comes back with what its append-only file has."""
    away_s = chance.uniform(5, 20)
    if chance.random() < 0.5:
        site.valkey.stop()
    else:
        site.valkey.kill()
    wait(away_s)
    site.valkey.start()


def empty_the_broker(site: Site, _chance: random.Random) -> None:
    """All messages are lost, acknowledged or not, with Celery's bindings."""
    with redis.Redis.from_url(site.valkey.url) as client:
        client.flushdb()


def refuse_the_store(site: Site, chance: random.Random) -> None:
    """The S3 server resets every connection for a while."""
    site.link.refuse()
    site.link.cut()
    wait(chance.uniform(2, 6))
    site.link.heal()


def stall_the_store(site: Site, chance: random.Random) -> None:
    """The S3 server says nothing for a while."""
    site.link.stall()
    wait(chance.uniform(2, 6))
    site.link.heal()


def cut_the_store(site: Site, chance: random.Random) -> None:
    """Connections to the S3 server break in the middle, again and again."""
    for _ in range(chance.randint(3, 10)):
        site.link.cut()
        wait(chance.uniform(0.05, 0.5))


def fill_the_scratch(site: Site, chance: random.Random) -> None:
    """Somebody's file takes all the room that the scratch folder may take."""
    hog = site.system.scratch / "somebody-elses"
    with hog.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, SCRATCH_QUOTA_BYTES)
    wait(chance.uniform(2, 5))
    hog.unlink()


FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        kill_a_worker,
        kill_a_main_process,
        kill_a_child,
        kill_the_scheduler,
        stop_valkey,
        empty_the_broker,
        refuse_the_store,
        stall_the_store,
        cut_the_store,
        fill_the_scratch,
    )
}


def schedule(seed: int) -> list[tuple[str, float]]:
    """All faults in an order drawn from the seed, children three times, and the seconds of peace before each."""
    chance = random.Random(seed)
    names = [*FAULTS, "kill_a_child", "kill_a_child"]
    chance.shuffle(names)
    return [(name, chance.uniform(0.5, 3.0)) for name in names]
