"""What `bulkpress up` decides before it starts anything: ports, settings, command lines."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bulkpress_client.local.errors import PortTakenError
from bulkpress_client.local.options import LOOPBACK, PORTS, StackOptions
from bulkpress_client.local.services import RUN_ID_VARIABLE, services, settings

FREE = dict.fromkeys(PORTS, 0)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which this process listens."""
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def found(home: Path, *, embedded_redis: bool = True) -> StackOptions:
    """Options with free ports, all decided."""
    return StackOptions(home, FREE).with_ports_found(embedded_redis=embedded_redis)


def test_a_port_of_zero_becomes_a_free_one_of_its_own(tmp_path: Path) -> None:
    ports = found(tmp_path).ports
    assert set(ports) == set(PORTS)
    assert len({port for port in ports.values() if port}) == len(PORTS)


@pytest.mark.parametrize("name", sorted(PORTS))
def test_a_taken_port_is_named_with_its_purpose_its_holder_and_what_changes_it(
    tmp_path: Path, name: str, taken_port: int
) -> None:
    with pytest.raises(PortTakenError) as caught:
        StackOptions(tmp_path, FREE | {name: taken_port}).with_ports_found(embedded_redis=True)
    use = PORTS[name]
    for part in (str(taken_port), use.purpose, f"process {os.getpid()}", use.option, use.variable):
        assert part in str(caught.value)


def test_two_services_cannot_share_a_port(tmp_path: Path) -> None:
    shared = found(tmp_path).ports["gateway"]
    with pytest.raises(PortTakenError, match="Flower"):
        StackOptions(tmp_path, FREE | {"gateway": shared, "flower": shared}).with_ports_found(embedded_redis=True)


def test_a_redis_of_ones_own_needs_no_port_here(tmp_path: Path, taken_port: int) -> None:
    options = StackOptions(tmp_path, FREE | {"redis": taken_port}).with_ports_found(embedded_redis=False)
    assert "redis" not in options.ports


def test_the_embedded_valkey_carries_messages_in_one_database_and_jobs_in_another(tmp_path: Path) -> None:
    options = found(tmp_path)
    made = settings(options, {}, run_id="r")
    url = f"redis://{LOOPBACK}:{options.ports['redis']}"
    assert (made["CELERY_BROKER_URL"], made["CELERY_RESULT_BACKEND"]) == (f"{url}/0", f"{url}/0")
    assert made["BULKPRESS_STATE_URL"] == f"{url}/1"


def test_a_broker_of_ones_own_is_used_for_all_that_is_not_set_otherwise(tmp_path: Path) -> None:
    made = settings(found(tmp_path, embedded_redis=False), {"CELERY_BROKER_URL": "redis://mine:1/3"}, run_id="r")
    assert (made["CELERY_BROKER_URL"], made["CELERY_RESULT_BACKEND"]) == ("redis://mine:1/3", "redis://mine:1/3")
    assert "BULKPRESS_STATE_URL" not in made


def test_the_store_is_in_the_home_unless_set(tmp_path: Path) -> None:
    options = found(tmp_path)
    assert settings(options, {}, run_id="r")["BULKPRESS_STORE"] == str(tmp_path / "store")
    assert settings(options, {"BULKPRESS_STORE": "s3://b"}, run_id="r")["BULKPRESS_STORE"] == "s3://b"


def test_flowers_api_is_never_opened_to_everyone_and_every_process_is_marked(tmp_path: Path) -> None:
    made = settings(found(tmp_path), {"FLOWER_UNAUTHENTICATED_API": "1"}, run_id="abc")
    assert "FLOWER_UNAUTHENTICATED_API" not in made
    assert made[RUN_ID_VARIABLE] == "abc"


def test_services_come_in_the_order_in_which_they_are_stopped(tmp_path: Path) -> None:
    workers = ["worker", "worker-express", "worker-heavy", "worker-cleanup"]
    assert [service.name for service in services(found(tmp_path))] == ["gateway", *workers, "scheduler", "flower"]


def test_every_lane_has_a_worker_of_its_own(tmp_path: Path) -> None:
    made = {service.name: service for service in services(found(tmp_path)) if service.name.startswith("worker")}
    lanes = {service.environment["BULKPRESS_LANES"] for service in made.values()}
    assert lanes == {"compression", "compression-express", "compression-heavy", "cleanup"}
    assert {service.environment["BULKPRESS_WORKER_METRICS_PORT"] for service in made.values()} == {
        str(service.port) for service in made.values()
    }
