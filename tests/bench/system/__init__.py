"""The whole system against the bare engine, on the same files and cores: `make bench-system`."""
