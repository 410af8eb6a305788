"""Tests of what simulates load."""
