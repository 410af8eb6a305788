"""API keys in the Redis that holds the jobs: a hash for each, and an index of their ids."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import redis

from bulkpress_core.adapters.job_records import decoded, from_ms, texts, to_ms
from bulkpress_core.adapters.redis_scripts import KEY_SCRIPTS, Scripts, reaching_redis
from bulkpress_core.domain.access import ApiKey, Scope
from bulkpress_core.domain.errors import KeyNotFoundError
from bulkpress_core.domain.jobs import TenantId

REMEMBERED_AFTER_END = timedelta(days=90)  # for people who ask what became of a key


class RedisKeyStore:
    """KeyStore in one Redis; `client` must return bytes."""

    def __init__(self, client: redis.Redis, prefix: str = "bulkpress:") -> None:
        self._client = client
        self._prefix = prefix
        self._scripts = Scripts(client, prefix, KEY_SCRIPTS)

    def add(self, key: ApiKey) -> None:
        """Keep a new key."""
        forget = to_ms(key.expires_at + REMEMBERED_AFTER_END) if key.expires_at else ""
        self._scripts.run("add_key", key.id, uuid4().hex, to_ms(key.created_at), forget, *_fields(key))

    def find(self, key_id: str) -> ApiKey | None:
        """The key with that id."""
        with reaching_redis():
            fields: Any = self._client.hgetall(self._key(key_id))
        return _key_of(key_id, decoded(fields)) if fields else None

    def listed(self, tenant: TenantId | None = None) -> Sequence[ApiKey]:
        """All keys, or those of one tenant; ids whose key was forgotten leave the index."""
        with reaching_redis():
            ids: Any = self._client.zrange(f"{self._prefix}keys", 0, -1)
            with self._client.pipeline(transaction=False) as pipeline:
                for key_id in ids:
                    pipeline.hgetall(self._key(key_id.decode()))
                records = dict(zip(ids, pipeline.execute(), strict=True))
            if gone := [key_id for key_id, fields in records.items() if not fields]:
                self._client.zrem(f"{self._prefix}keys", *gone)
        found = [_key_of(key_id.decode(), decoded(fields)) for key_id, fields in records.items() if fields]
        return [key for key in found if tenant in {None, key.tenant}]

    def rotate(self, key: ApiKey, digest: str, *, former_until: datetime) -> ApiKey:
        """Give the key a new secret."""
        rotated = key.rotated(digest, former_until=former_until)
        return self._change(key.id, rotated, key.digest)

    def revoke(self, key_id: str, *, now: datetime) -> ApiKey:
        """Close the key."""
        forget = to_ms(now + REMEMBERED_AFTER_END)
        (fields,) = self._scripts.run("change_key", key_id, "", forget, "revoked", to_ms(now))
        return _key_of(key_id, texts(fields))

    def touch(self, key_id: str, *, now: datetime) -> None:
        """Note that the key was used."""
        try:
            self._scripts.run("change_key", key_id, "", "", "used", to_ms(now))
        except KeyNotFoundError:
            return

    def _change(self, key_id: str, key: ApiKey, digest_before: str) -> ApiKey:
        until = to_ms(key.former_until) if key.former_until else ""
        told = ("digest", key.digest, "former", key.former_digest, "former_until", until)
        (fields,) = self._scripts.run("change_key", key_id, digest_before, "", *told)
        return _key_of(key_id, texts(fields))

    def _key(self, key_id: str) -> str:
        return f"{self._prefix}key:{key_id}"


def _fields(key: ApiKey) -> Iterator[str | int]:
    yield from ("tenant", key.tenant, "name", key.name, "scopes", " ".join(sorted(key.scopes)), "digest", key.digest)
    yield from ("created", to_ms(key.created_at))
    if key.expires_at:
        yield from ("expires", to_ms(key.expires_at))


def _key_of(key_id: str, fields: Mapping[str, str]) -> ApiKey:
    def time(name: str) -> datetime | None:
        return from_ms(fields[name]) if fields.get(name) else None

    known = {scope.value: scope for scope in Scope}
    return ApiKey(
        key_id,
        TenantId(fields["tenant"]),
        fields["name"],
        # a scope of a newer version gives no right in this one
        frozenset(known[word] for word in fields["scopes"].split() if word in known),
        from_ms(fields["created"]),
        fields["digest"],
        expires_at=time("expires"),
        used_at=time("used"),
        revoked_at=time("revoked"),
        former_digest=fields.get("former", ""),
        former_until=time("former_until"),
    )
