"""How settings are read from the environment, and what is refused at the start rather than found out at night."""

import os

import pytest
from pydantic import ValidationError

from bulkpress_core.domain.origins import S3Place
from bulkpress_core.settings import Settings, SettingsError, read_settings


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine that runs the tests is seen."""
    for name in os.environ:
        if name.upper().startswith(("BULKPRESS_", "CELERY_")):
            monkeypatch.delenv(name)


def test_everything_has_a_default_that_runs_on_one_machine() -> None:
    settings = Settings()
    assert settings.broker_url == settings.result_backend == settings.state_url == "redis://localhost:6379/0"
    assert (settings.bulkpress_gateway_host, settings.bulkpress_gateway_port) == ("127.0.0.1", 8000)


def test_a_variable_is_its_fields_name_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://broker:1/2")
    monkeypatch.setenv("BULKPRESS_LEASE_S", "90")
    monkeypatch.setenv("BULKPRESS_UNHEARD_OF", "is not ours to judge")
    settings = Settings()
    assert settings.broker_url == settings.state_url == "redis://broker:1/2"
    assert settings.lease.total_seconds() == 90


def test_jobs_may_live_in_a_redis_of_their_own() -> None:
    settings = Settings.model_validate({"bulkpress_state_url": "rediss://:secret@jobs:6379/1"})
    assert settings.state_url == "rediss://:secret@jobs:6379/1"
    assert settings.broker_url == "redis://localhost:6379/0"


def test_passwords_do_not_show() -> None:
    settings = Settings.model_validate({"celery_broker_url": "redis://:hunter2@broker/0"})
    assert "hunter2" not in repr(settings)
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate({"celery_broker_url": "amqp://user:hunter2@broker"})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("celery_broker_url", "amqp://guest@localhost"),
        ("celery_result_backend", "db+sqlite:///results.db"),
        ("bulkpress_s3_part_size_bytes", 5 * 2**20 - 1),
        ("bulkpress_s3_endpoint", "localhost:9000"),
        ("bulkpress_gateway_port", 65536),
        ("bulkpress_max_files", 0),
        ("bulkpress_log_format", "xml"),
        ("bulkpress_log_level", "debug"),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate({name: value})


@pytest.mark.parametrize(("press", "soft", "hard"), [(300, 300, 600), (240, 600, 600), (700, 300, 600)])
def test_time_limits_must_nest(press: float, soft: int, hard: int) -> None:
    with pytest.raises(ValidationError, match="BULKPRESS_PRESS_LIMIT_S must be below BULKPRESS_SOFT_TIME_LIMIT_S"):
        Settings(bulkpress_press_limit_s=press, bulkpress_soft_time_limit_s=soft, bulkpress_hard_time_limit_s=hard)


def test_a_message_is_not_redelivered_while_its_worker_may_still_run() -> None:
    settings = Settings(bulkpress_hard_time_limit_s=900)
    assert settings.visibility_timeout_s > 900


def test_settings_cannot_change_under_a_running_service() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().bulkpress_max_files = 1


def test_all_that_cannot_be_is_told_by_variable_and_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "amqp://user:hunter2@broker")
    monkeypatch.setenv("BULKPRESS_LEASE_S", "0")
    with pytest.raises(SettingsError, match=r"CELERY_BROKER_URL: must begin with .*; BULKPRESS_LEASE_S: ") as refused:
        read_settings()
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"bulkpress_auth": "password"}, "no way to show who one is"),
        ({"bulkpress_auth": "none,keys"}, "nothing can stand beside it"),
        ({"bulkpress_auth": "jwt"}, "BULKPRESS_JWT_ISSUER must be set"),
        ({"bulkpress_jwt_jwks_url": "http://issuer.example/keys"}, "must begin with https://"),
        ({"bulkpress_jwt_leeway_s": 121}, "bulkpress_jwt_leeway_s"),
    ],
)
def test_a_way_to_ask_who_calls_that_would_not_hold_is_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Settings.model_validate(values)


@pytest.mark.parametrize("prefix", ["archive/", "s3://archive", "s3://archive/a", "s3://A_B/a/", "https://archive/"])
def test_what_is_no_prefix_in_s3_is_refused(prefix: str) -> None:
    with pytest.raises(ValidationError, match="no prefix of objects"):
        Settings.model_validate({"bulkpress_s3_prefixes": {"acme": [prefix]}})


@pytest.mark.parametrize("prefix", ["s3://own/", "s3://own/bulk/", "s3://own/bulk/acme/"])
def test_a_tenant_cannot_be_let_at_the_files_of_all(prefix: str) -> None:
    with pytest.raises(ValidationError, match="keep the two apart"):
        Settings.model_validate({"bulkpress_store": "s3://own/bulk", "bulkpress_s3_prefixes": {"acme": [prefix]}})


def test_prefixes_beside_the_store_are_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BULKPRESS_STORE", "s3://own/bulk/")
    monkeypatch.setenv("BULKPRESS_S3_PREFIXES", '{"acme": ["s3://own/bulky/", "s3://archive/"]}')
    assert Settings().s3_prefixes == {"acme": (S3Place("own", "bulky/"), S3Place("archive", ""))}
