"""A service that cannot start says why in one sentence, and ends with 1."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("service", ["upload_gateway", "compression_worker", "scheduler"])
@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("CELERY_BROKER_URL", "amqp://broker", "CELERY_BROKER_URL: must begin with one of redis://"),
        ("BULKPRESS_STATE_URL", "sentinel://a;redis://b", "redis://b is not the address of a Sentinel"),
        ("BULKPRESS_LANES", "compression,express", "there is no lane 'express': name some of cleanup, compression"),
    ],
)
def test_a_wrong_setting_ends_a_service_with_one_sentence(service: str, variable: str, value: str, told: str) -> None:
    environment = {**os.environ, variable: value}
    done = subprocess.run([sys.executable, "-m", service], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
