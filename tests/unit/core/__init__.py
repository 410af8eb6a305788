"""Tests of the domain, the settings and what needs no server."""
