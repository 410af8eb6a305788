"""Fixtures for all tests. A test that needs a server asks for its fixture; see tests/support."""

pytest_plugins = ["tests.support.valkey", "tests.support.s3", "tests.support.clamd"]
