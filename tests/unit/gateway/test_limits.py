"""What a tenant may take, as its clients see it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bulkpress_core.domain.limits import TenantLimits
from bulkpress_core.settings import Settings
from tests.unit.gateway.world import LIMITS, MULTIPART, TENANT, World, body, failed, file_part, problem
from upload_gateway.bootstrap import intake_limits

PDF = b"%PDF-1.7\n" + b"x" * 991  # 1,000 bytes
JOBS = "/api/compress/jobs"


def limited(world: World, limits: TenantLimits) -> World:
    """The world with these limits for everybody."""
    world.tenant_limits[TENANT] = limits
    return world


def test_every_answer_says_what_remains(world: World) -> None:
    answer = limited(world, TenantLimits(requests_per_minute=120)).get(JOBS)
    assert answer.headers["RateLimit-Policy"] == '"requests";q=120;w=60'
    assert answer.headers["RateLimit"] == '"requests";r=119;t=0'
    answer = world.get(JOBS)
    assert answer.headers["RateLimit"] == '"requests";r=118;t=1'


def test_an_upload_also_says_what_remains_of_the_bytes(world: World) -> None:
    limited(world, TenantLimits(bytes_per_day=100_000))
    answer = world.upload_raw(sent := body(file_part("a.pdf", PDF)))
    assert answer.headers["RateLimit-Policy"] == '"bytes";q=100000;w=86400;qu="content-bytes"'
    assert answer.headers["RateLimit"].startswith(f'"bytes";r={100_000 - len(sent)};t=')


def test_where_nothing_is_limited_nothing_is_said_and_redis_is_not_asked(world: World) -> None:
    answer = world.get(JOBS)
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("ratelimit")]
    assert world.client.keys("bulkpress:rate:*") == []


def test_one_request_too_many_is_told_when_to_come_again(world: World) -> None:
    limited(world, TenantLimits(requests_per_minute=2))
    assert [world.get(JOBS).status_code for _ in range(2)] == [200, 200]
    answer = world.get(JOBS)
    problem(answer, 429, "too_many_requests")
    assert answer.headers["Retry-After"] == "30"
    world.time += timedelta(seconds=30)
    assert world.get(JOBS).status_code == 200


def test_uploads_count_as_requests(world: World) -> None:
    limited(world, TenantLimits(requests_per_minute=1))
    world.accepted(("a.pdf", PDF))
    problem(world.upload([("a.pdf", PDF)]), 429, "too_many_requests")


def test_health_is_told_however_often_it_is_asked(world: World) -> None:
    limited(world, TenantLimits(requests_per_minute=1))
    assert {world.get("/healthz").status_code for _ in range(5)} == {200}


def test_an_upload_gives_its_place_back_also_when_it_fails(world: World) -> None:
    limited(world, TenantLimits(uploads_at_once=1))
    problem(world.upload_raw(b"--frontier\r\nnonsense"), 400, "malformed_multipart")
    world.accepted(("a.pdf", PDF))
    world.accepted(("a.pdf", PDF))
    world.limiter.begin_upload(
        TENANT, world.tenant_limits[TENANT], "other", 0, now=world.time, lease=timedelta(minutes=1)
    )
    answer = world.upload([("a.pdf", PDF)])
    problem(answer, 429, "too_many_uploads")
    assert answer.headers["Retry-After"] == "1"
    assert len(world.recorded()) == 2


def test_an_upload_that_says_it_is_longer_than_what_is_left_is_refused_before_it_is_read(world: World) -> None:
    limited(world, TenantLimits(bytes_per_day=3_000))
    world.accepted(("a.pdf", PDF))
    before = world.stored()
    problem(world.upload([("a.pdf", PDF * 3)]), 429, "daily_bytes_used_up")
    assert world.stored() == before
    assert len(world.recorded()) == 1


def test_one_that_does_not_say_is_cut_off_where_the_day_ends_and_discarded(world: World) -> None:
    limited(world, TenantLimits(bytes_per_day=1_500_000))
    sent = body(*[file_part(f"{n}.pdf", PDF * 900) for n in range(2)])
    problem(world.upload_raw(sent, MULTIPART, piece=50_000), 429, "daily_bytes_used_up")
    assert world.stored() == []
    assert world.recorded() == []


def test_an_upload_that_broke_off_costs_what_was_sent_and_not_what_was_announced(world: World) -> None:
    limited(world, TenantLimits(bytes_per_day=100_000))
    broken = body(file_part("a.pdf", PDF))[:500]
    problem(world.upload_raw(broken, {**MULTIPART, "Content-Length": "90000"}), 400, "malformed_multipart")
    answer = world.upload_raw(sent := body(file_part("a.pdf", PDF)))
    assert answer.headers["RateLimit"].startswith(f'"bytes";r={100_000 - 500 - len(sent)};')


def test_files_that_wait_are_bounded_over_all_jobs(world: World) -> None:
    limited(world, TenantLimits(files_waiting=2))
    first = world.accepted(("a.pdf", PDF), ("b.pdf", PDF + b"b"))
    answer = world.upload([("c.pdf", PDF)])
    problem(answer, 429, "too_many_files_waiting")
    assert answer.headers["Retry-After"] == "30"
    world.end(first, failed)
    world.accepted(("c.pdf", PDF))


def test_a_job_that_would_go_beyond_it_is_discarded_whole(world: World) -> None:
    crowded = World(world.root, world.client, limits=replace(LIMITS, max_waiting=2))
    problem(crowded.upload([(f"{n}.pdf", PDF) for n in range(3)]), 429, "too_many_files_waiting")
    assert crowded.stored() == []
    assert crowded.recorded() == []


class TestSettings:
    def test_zero_limits_nothing(self) -> None:
        settings = Settings(bulkpress_requests_per_minute=0, bulkpress_uploads_at_once=0, bulkpress_files_waiting=0)
        assert settings.tenant_limits("acme").are_none

    def test_a_tenant_may_have_limits_of_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(
            "BULKPRESS_TENANT_LIMITS", '{"acme": {"requests_per_minute": 7, "files_waiting": 0, "max_files": 3}}'
        )
        settings = Settings()
        own, others = settings.tenant_limits("acme"), settings.tenant_limits("other")
        assert (own.requests_per_minute, own.files_waiting) == (7, None)
        assert own.uploads_at_once == others.uploads_at_once == settings.bulkpress_uploads_at_once
        assert intake_limits(settings, "acme").max_files == 3
        assert intake_limits(settings, "other").max_files == settings.bulkpress_max_files

    def test_a_misspelt_limit_is_no_limit_left_out_in_silence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BULKPRESS_TENANT_LIMITS", '{"acme": {"request_per_minute": 7}}')
        with pytest.raises(ValueError, match="request_per_minute"):
            Settings()
