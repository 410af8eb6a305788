"""The worker on fakes: what becomes of a file in every case."""
