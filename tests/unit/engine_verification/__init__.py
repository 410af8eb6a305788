"""Unit tests of bulkpress_engine.verification: every kind of harm is found, and what is no harm is not."""
