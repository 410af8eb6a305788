"""A missing server may leave tests out on a laptop, and nowhere else."""

import pytest

from tests.support.valkey import missing_server


def test_on_a_laptop_a_test_without_its_server_is_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no S3 server"):
        missing_server("no S3 server")


def test_in_ci_a_test_without_its_server_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="CI must have it"):
        missing_server("no S3 server")
