"""The audit log in the Redis that holds the jobs: a stream for each tenant."""

from datetime import timedelta
from typing import Any

import redis

from bulkpress_core.adapters.job_records import decoded, from_ms, to_ms
from bulkpress_core.adapters.redis_scripts import reaching_redis
from bulkpress_core.domain.actions import Action
from bulkpress_core.domain.jobs import TenantId
from bulkpress_core.ports.action_log import ActionPage

KEPT_FOR = timedelta(days=365)  # after the tenant's last one


class RedisActionLog:
    """ActionLog in one Redis; `client` must return bytes. Keeps about the last `most` actions of a tenant."""

    def __init__(self, client: redis.Redis, *, most: int, prefix: str = "bulkpress:") -> None:
        self._client = client
        self._most = most
        self._prefix = prefix

    def add(self, tenant: TenantId, action: Action) -> None:
        """Append it, under an id that Redis chooses: the order is that of arrival."""
        fields: dict[Any, Any] = {
            "t": to_ms(action.at),
            "c": action.caller,
            "o": action.operation,
            "s": action.status,
            "j": action.job_id,
            "r": action.request_id,
            "a": action.client,
        }
        with reaching_redis(), self._client.pipeline(transaction=False) as pipeline:
            pipeline.xadd(self._key(tenant), fields, maxlen=self._most, approximate=True)
            pipeline.pexpire(self._key(tenant), KEPT_FOR)
            pipeline.execute()

    def listed(self, tenant: TenantId, *, after: str | None = None, limit: int) -> ActionPage:
        """From the newest on."""
        newest = f"({after}" if after else "+"
        with reaching_redis():
            found: Any = self._client.xrevrange(self._key(tenant), max=newest, count=limit)
        last = found[-1][0].decode() if len(found) == limit else None
        return ActionPage([_action(decoded(fields)) for _, fields in found], last)

    def _key(self, tenant: TenantId) -> str:
        return f"{self._prefix}actions:{tenant}"


def _action(fields: dict[str, str]) -> Action:
    return Action(
        from_ms(fields["t"]),
        fields["c"],
        fields["o"],
        int(fields["s"]),
        fields["j"],
        fields["r"],
        fields["a"],
    )
