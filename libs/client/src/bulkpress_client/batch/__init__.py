"""Pressing many files on this machine, with no server: where each result goes, the pressing, and what is said of it."""
