"""Fixtures of the integration tests."""

from collections.abc import Iterator

import pytest

from tests.support.misbehaving_press import REPOSITORY


@pytest.fixture(scope="module")
def importable() -> Iterator[None]:
    """Let child processes import `tests`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(REPOSITORY))
        yield
