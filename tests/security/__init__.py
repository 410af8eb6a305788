"""Attacks, each test named for one: on the gateway, on what it calls, and through what is uploaded."""
