"""From settings to the adapters of an event loop. Nothing is connected to before use."""

from typing import Any

import redis.asyncio
import redis.asyncio.sentinel
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from bulkpress_core.adapters.connect import CONNECT_LIMIT_S, REDIS_ANSWER_LIMIT_S, redis_address, sentinel_addresses
from bulkpress_core.adapters.redis_bell import RedisStoryBell
from bulkpress_core.ports.story_bell import StoryBell
from bulkpress_core.settings import Settings


def story_bell(settings: Settings) -> StoryBell:
    """The bell of the job store at BULKPRESS_STATE_URL, or at the broker's address. Raises UnknownAddressError."""
    return RedisStoryBell(async_redis_client(settings.state_url, master=settings.bulkpress_sentinel_master))


def async_redis_client(url: str, *, master: str = "mymaster") -> redis.asyncio.Redis:
    """As `connect.redis_client`, but what fails is told at once: whoever listens must know that it missed something."""
    options: dict[str, Any] = {
        "socket_connect_timeout": CONNECT_LIMIT_S,
        "socket_timeout": REDIS_ANSWER_LIMIT_S,
        "socket_keepalive": True,
        "health_check_interval": 30,
        "retry": Retry(NoBackoff(), 0),
    }
    if not url.startswith("sentinel://"):
        return redis.asyncio.Redis.from_url(redis_address(url), **options)
    hosts, server = sentinel_addresses(url)
    sentinels = redis.asyncio.sentinel.Sentinel(hosts, sentinel_kwargs={"socket_timeout": CONNECT_LIMIT_S})  # type: ignore[no-untyped-call]
    client: redis.asyncio.Redis = sentinels.master_for(master, **server, **options)
    return client
