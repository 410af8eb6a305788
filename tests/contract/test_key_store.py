"""What every key store promises, on a real Valkey."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis

from bulkpress_core.adapters.redis_keys import REMEMBERED_AFTER_END, RedisKeyStore
from bulkpress_core.domain.access import ApiKey, Scope, digest_of, new_key_id, new_key_text
from bulkpress_core.domain.errors import ConflictError, KeyNotFoundError
from bulkpress_core.domain.jobs import TenantId
from bulkpress_core.ports.key_store import KeyStore

NOW = datetime(2100, 1, 1, 12, 0, tzinfo=UTC)  # far off: Redis forgets what is past
DAY = timedelta(days=1)


@pytest.fixture
def keys(redis_client: redis.Redis) -> KeyStore:
    """An empty key store."""
    return RedisKeyStore(redis_client)


def made(tenant: str = "acme", *, created_at: datetime = NOW, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    """A new key and its text."""
    key_id = new_key_id()
    text = new_key_text(key_id)
    scopes = frozenset({Scope.JOBS_READ, Scope.AUDIT_READ})
    return ApiKey(key_id, TenantId(tenant), "Zoë's", scopes, created_at, digest_of(text), expires_at=expires_at), text


def test_a_key_is_found_as_it_was_added(keys: KeyStore) -> None:
    key, _ = made(expires_at=NOW + DAY)
    keys.add(key)
    assert keys.find(key.id) == key
    assert keys.find("0123456789") is None


def test_an_id_is_taken_once(keys: KeyStore) -> None:
    key, _ = made()
    keys.add(key)
    with pytest.raises(ConflictError):
        keys.add(replace(key, tenant=TenantId("mallory")))
    assert keys.find(key.id) == key


def test_no_text_of_a_key_is_kept(keys: KeyStore, redis_client: redis.Redis) -> None:
    key, text = made()
    keys.add(key)
    _, later = made()
    keys.rotate(key, digest_of(later), former_until=NOW + DAY)
    kept = repr(redis_client.hgetall(f"bulkpress:key:{key.id}"))
    for secret in (text, later):
        assert secret not in kept
        assert secret.rpartition("_")[2] not in kept


def test_keys_are_listed_oldest_first_for_all_and_for_a_tenant(keys: KeyStore) -> None:
    second, _ = made(created_at=NOW + DAY)
    first, _ = made()
    other, _ = made("umbrella", created_at=NOW + 2 * DAY)
    for key in (second, first, other):
        keys.add(key)
    assert [key.id for key in keys.listed()] == [first.id, second.id, other.id]
    assert [key.id for key in keys.listed(TenantId("acme"))] == [first.id, second.id]
    assert keys.listed(TenantId("nobody")) == []


def test_a_rotated_key_opens_with_both_secrets_and_then_with_the_new_one_alone(keys: KeyStore) -> None:
    key, former = made()
    keys.add(key)
    current = new_key_text(key.id)
    rotated = keys.rotate(key, digest_of(current), former_until=NOW + DAY)
    assert rotated == keys.find(key.id)
    for text, at, is_open in [
        (former, NOW, True),
        (current, NOW, True),
        (former, NOW + DAY, False),
        (current, NOW + DAY, True),
        (new_key_text(key.id), NOW, False),
    ]:
        assert rotated.is_open_to(text, now=at) is is_open


def test_of_two_rotations_at_once_one_is_told_so(keys: KeyStore) -> None:
    key, _ = made()
    keys.add(key)
    keys.rotate(key, digest_of("one"), former_until=NOW + DAY)
    with pytest.raises(ConflictError):
        keys.rotate(key, digest_of("other"), former_until=NOW + DAY)
    found = keys.find(key.id)
    assert found
    assert found.digest == digest_of("one")


def test_a_revoked_key_opens_nothing_is_still_listed_and_cannot_come_back(keys: KeyStore) -> None:
    key, text = made()
    keys.add(key)
    revoked = keys.revoke(key.id, now=NOW)
    assert not revoked.is_open_to(text, now=NOW)
    assert keys.listed() == [revoked]
    with pytest.raises(KeyNotFoundError):
        keys.revoke(key.id, now=NOW)
    with pytest.raises(KeyNotFoundError):
        keys.rotate(key, digest_of("new"), former_until=NOW + DAY)


def test_use_is_noted_but_brings_no_key_back(keys: KeyStore) -> None:
    key, _ = made()
    keys.add(key)
    keys.touch(key.id, now=NOW + DAY)
    found = keys.find(key.id)
    assert found
    assert found.used_at == NOW + DAY
    keys.touch("0123456789", now=NOW)
    assert keys.find("0123456789") is None


def test_an_expired_key_opens_nothing_and_is_forgotten_some_time_after(
    keys: KeyStore, redis_client: redis.Redis
) -> None:
    key, text = made(expires_at=NOW + DAY)
    keys.add(key)
    assert key.is_open_to(text, now=NOW)
    assert not key.is_open_to(text, now=NOW + DAY)
    name = f"bulkpress:key:{key.id}"
    assert redis_client.pexpiretime(name) == (NOW + DAY + REMEMBERED_AFTER_END).timestamp() * 1000
    redis_client.delete(name)  # as Redis will
    assert keys.listed() == []
    assert redis_client.zcard("bulkpress:keys") == 0


def test_a_scope_of_a_newer_version_gives_no_right(keys: KeyStore, redis_client: redis.Redis) -> None:
    key, _ = made()
    keys.add(key)
    redis_client.hset(f"bulkpress:key:{key.id}", "scopes", "jobs:read jobs:rule")
    found = keys.find(key.id)
    assert found
    assert found.scopes == {Scope.JOBS_READ}
