"""The outbox of webhooks in the Redis of the job store, whose scripts fill it (lua/prelude.lua, `notify`)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import redis

from bulkpress_core.adapters.job_records import decoded, from_ms, texts, to_ms
from bulkpress_core.adapters.redis_scripts import Scripts, reaching_redis
from bulkpress_core.domain.jobs import JobId, TenantId
from bulkpress_core.domain.webhooks import Delivery, Message, MessageState, WebhookEvent

SCRIPTS = ("hook_take", "hook_end", "hook_replay")
ADDRESS_REMEMBERED = timedelta(days=30)
OTHERS_WAIT_AT_MOST = timedelta(minutes=5)  # for an address that did not answer
MAX_ERROR_CHARS = 200


class RedisWebhookOutbox:
    """WebhookOutbox in one Redis. `client` must return bytes."""

    def __init__(self, client: redis.Redis, prefix: str = "bulkpress:") -> None:
        self._client = client
        self._prefix = prefix
        self._scripts = Scripts(client, prefix, SCRIPTS)

    def waiting(self, *, now: datetime) -> int:
        """How many messages are due."""
        with reaching_redis():
            return int(self._client.zcount(f"{self._prefix}hooks", "-inf", to_ms(now)))

    def take(self, *, now: datetime, lease: timedelta) -> Delivery | None:
        """The message that is due longest."""
        reply = self._scripts.run("hook_take", to_ms(now), to_ms(now + lease))
        if not reply:
            return None
        message_id, tenant, url = (word.decode() for word in reply[:3])
        return Delivery(_message_of(message_id, texts(reply[3])), TenantId(tenant), url)

    def delivered(self, delivery: Delivery, *, status: int) -> None:
        """End the message well."""
        self._end(delivery, MessageState.DELIVERED, status=str(status))

    def failed(
        self, delivery: Delivery, *, status: int | None, error: str, now: datetime, again_at: datetime | None
    ) -> None:
        """Note the attempt."""
        at_most = now + OTHERS_WAIT_AT_MOST
        self._end(
            delivery,
            MessageState.FAILED if again_at is None else MessageState.PENDING,
            status="" if status is None else str(status),
            error=error[:MAX_ERROR_CHARS],
            again="" if again_at is None else str(to_ms(again_at)),
            others_wait=str(to_ms(min(again_at or at_most, at_most))),
        )

    def keep_body(self, delivery: Delivery, body: str) -> str:
        """Remember what the message says, unless it was remembered before."""
        key = f"{self._prefix}hook:{delivery.message.id}"
        with reaching_redis(), self._client.pipeline(transaction=True) as pipeline:
            pipeline.hsetnx(key, "b", body)
            pipeline.hget(key, "b")
            pipeline.hget(f"{self._prefix}job:{delivery.message.job_id}", "forget")
            _, kept, forget = pipeline.execute()
            if forget is not None:  # else it was deleted just now, and the record must go all the same
                self._client.pexpireat(key, int(forget))
            else:
                self._client.unlink(key)
        return str(kept.decode())

    def messages(self, job_id: JobId, *, start: int = 0, stop: int | None = None) -> Sequence[Message]:
        """The job's messages, oldest first."""
        with reaching_redis():
            count = int(self._client.hget(f"{self._prefix}job:{job_id}", "hooks") or 0)
            ids = [f"{job_id}.{sequence}" for sequence in range(1, count + 1)[start:stop]]
            with self._client.pipeline(transaction=False) as pipeline:
                for message_id in ids:
                    pipeline.hgetall(f"{self._prefix}hook:{message_id}")
                records: list[Mapping[bytes, bytes]] = pipeline.execute()
        pairs = zip(ids, records, strict=True)
        return [_message_of(message_id, decoded(fields)) for message_id, fields in pairs if fields]

    def replay(self, tenant: TenantId, job_id: JobId, message_id: str, *, now: datetime) -> Message | None:
        """Let a message of the job be sent again now."""
        if not message_id.startswith(f"{job_id}."):
            return None
        reply = self._scripts.run("hook_replay", job_id, tenant, message_id, to_ms(now))
        return _message_of(message_id, texts(reply[0])) if reply else None

    def _end(
        self,
        delivery: Delivery,
        state: MessageState,
        *,
        status: str,
        error: str = "",
        again: str = "",
        others_wait: str = "",
    ) -> None:
        address = (delivery.tenant, delivery.url, others_wait, ADDRESS_REMEMBERED // timedelta(milliseconds=1))
        self._scripts.run("hook_end", delivery.message.id, state, status, error, again, *address)


def _message_of(message_id: str, fields: Mapping[str, Any]) -> Message:
    return Message(
        message_id,
        JobId(message_id.rpartition(".")[0]),
        WebhookEvent(fields["k"]),
        int(fields["n"]) if fields.get("n") else None,
        occurred_at=from_ms(fields["at"]),
        since=from_ms(fields.get("r", fields["at"])),
        state=MessageState(fields["s"]),
        attempts=int(fields["i"]),
        status=int(fields["c"]) if fields.get("c") else None,
        error=fields.get("e", ""),
        attempted_at=from_ms(fields["t"]) if "t" in fields else None,
        body=fields.get("b", ""),
    )
