"""Documents nobody would make, by the million: `make fuzz SECONDS=600`. What it finds becomes a test of its own."""
