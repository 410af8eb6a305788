"""Requests that are sent again: one job for each key, whatever happens in between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
import redis

from bulkpress_core.adapters.redis_idempotency import RedisIdempotencyKeys
from bulkpress_core.domain.errors import IdempotencyKeyInUseError
from bulkpress_core.domain.jobs import JobId, TenantId
from bulkpress_core.domain.limits import TenantLimits
from tests.unit.gateway.world import MULTIPART, NOW, TENANT, World, body, file_part, problem
from upload_gateway.idempotency import LEASE

PDF = b"%PDF-1.7 and so on"
UPLOAD = body(file_part("a.pdf", PDF))


def send(world: World, key: str = "k-1", content: bytes = UPLOAD) -> httpx.Response:
    return world.upload_raw(content, {**MULTIPART, "Idempotency-Key": key})


def test_a_request_sent_again_is_answered_with_the_job_it_made(world: World) -> None:
    first, again = send(world), send(world)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["job_id"] == first.json()["job_id"]
    assert again.headers["location"] == first.headers["location"]
    assert len(world.recorded()) == 1
    assert len(world.stored()) == 1


def test_without_a_key_and_with_another_a_request_makes_another_job(world: World) -> None:
    jobs = {send(world, key).json()["job_id"] for key in ("a", "b")}
    jobs |= {world.upload_raw(UPLOAD).json()["job_id"] for _ in range(2)}
    assert len(jobs) == 4


def test_tenants_may_use_the_same_keys(world: World) -> None:
    keys = RedisIdempotencyKeys(world.client)
    send(world, "same")
    other = keys.begin(TenantId("other"), "same", "x", JobId("0" * 32), now=NOW, lease=LEASE)
    assert other is None


def test_another_request_under_the_same_key_is_refused_and_changes_nothing(world: World) -> None:
    send(world)
    problem(send(world, content=body(file_part("b.pdf", PDF + b"longer"))), 409, "idempotency_key_reused")
    assert len(world.recorded()) == 1


def test_files_named_in_json_are_the_same_request_only_if_the_body_is_the_same(world: World) -> None:
    def named(file: str) -> httpx.Response:
        files = [{"url": f"https://files.example/{file}.pdf"}]
        return world.request("POST", "/api/compress/bulk", json={"files": files}, headers={"Idempotency-Key": "k-1"})

    assert named("a").json()["job_id"] == named("a").json()["job_id"]
    problem(named("b"), 409, "idempotency_key_reused")  # of the same length
    assert len(world.recorded()) == 1


def test_a_request_that_failed_may_be_sent_again(world: World) -> None:
    problem(send(world, content=body(file_part("a.pdf", PDF))[:-5]), 400, "malformed_multipart")
    assert send(world).status_code == 202


def test_one_that_is_still_being_received_is_not_done_twice_and_says_when_to_ask(world: World) -> None:
    keys = RedisIdempotencyKeys(world.client)
    keys.begin(TENANT, "k-1", "whatever", JobId("0" * 32), now=NOW, lease=LEASE)
    problem(send(world), 409, "idempotency_key_reused")
    world.client.flushall()
    first = send(world)
    job_id = JobId(first.json()["job_id"])
    world.client.hset(f"bulkpress:job:{job_id}", "state", "receiving")  # as it was while it was being received
    answer = send(world)
    problem(answer, 409, "idempotency_key_in_use")
    assert int(answer.headers["retry-after"]) > 0


def test_one_whose_gateway_died_may_be_sent_again_when_its_lease_is_over(world: World) -> None:
    keys = RedisIdempotencyKeys(world.client)
    keys.begin(TENANT, "k", "f", JobId("0" * 32), now=NOW, lease=LEASE)
    with pytest.raises(IdempotencyKeyInUseError):
        keys.begin(TENANT, "k", "f", JobId("1" * 32), now=NOW + LEASE / 2, lease=LEASE)
    keys.renew(TENANT, "k", JobId("0" * 32), now=NOW + LEASE / 2, lease=LEASE)
    with pytest.raises(IdempotencyKeyInUseError):
        keys.begin(TENANT, "k", "f", JobId("1" * 32), now=NOW + 1.4 * LEASE, lease=LEASE)
    assert keys.begin(TENANT, "k", "f", JobId("1" * 32), now=NOW + 2 * LEASE, lease=LEASE) is None
    keys.release(TENANT, "k", JobId("0" * 32))  # the dead one's release comes late, and is not minded
    with pytest.raises(IdempotencyKeyInUseError):
        keys.begin(TENANT, "k", "f", JobId("2" * 32), now=NOW + 2 * LEASE, lease=LEASE)


def test_one_that_was_accepted_while_its_answer_was_lost_is_found(world: World) -> None:
    first = send(world).json()["job_id"]
    world.time += timedelta(hours=23)  # long after every lease
    assert send(world).json()["job_id"] == first


def test_of_many_sent_at_once_exactly_one_is_done(world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(world), range(24)))
    assert len(world.recorded()) == 1
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert {answer.json()["job_id"] for answer in answers if answer.status_code == 202} == set(world.recorded())


def test_a_key_is_forgotten_after_a_day(world: World, redis_client: redis.Redis) -> None:
    send(world)
    (once,) = redis_client.scan_iter("bulkpress:once:*")
    assert redis_client.pexpiretime(once) == int((NOW + timedelta(days=1)).timestamp() * 1000)


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "ümlaut"])
def test_what_is_no_key_is_refused_before_anything_is_read(world: World, key: str) -> None:
    headers: dict[str, str | bytes] = {**MULTIPART, "Idempotency-Key": key.encode()}
    problem(world.upload_raw(UPLOAD, headers), 422, "invalid_request")
    assert world.recorded() == []


def test_a_key_does_not_cost_bytes_twice(world: World) -> None:
    world.tenant_limits[TENANT] = TenantLimits(bytes_per_day=len(UPLOAD) * 2)
    assert {send(world).status_code for _ in range(5)} == {202}
