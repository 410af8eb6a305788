"""The scheduler on fakes: what a sweep finds and does."""
