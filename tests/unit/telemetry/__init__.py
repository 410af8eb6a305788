"""Logs, metrics and health, seen from outside."""
