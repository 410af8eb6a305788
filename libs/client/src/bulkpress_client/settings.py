"""The client's one place that reads the environment; click reads the variables that stand for options."""

import os
import tomllib
from pathlib import Path
from typing import Any

import click

CONFIG = "BULKPRESS_CONFIG"  # another place for the file below
KNOWN = frozenset({"server", "api_key"})


class ConfigError(Exception):
    """The configuration file cannot be used; the message says why and where it is."""


def config_path() -> Path:
    """Where people keep what they do not want to say each time: `~/.config/bulkpress/config.toml` on Linux."""
    return Path(inherited().get(CONFIG) or Path(click.get_app_dir("bulkpress")) / "config.toml")


def config() -> dict[str, Any]:
    """What the configuration file says: `server` and `api_key`. Raises ConfigError."""
    path = config_path()
    try:
        told = tomllib.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    if unknown := told.keys() - KNOWN:
        raise ConfigError(f"{path} has {min(unknown)!r}, but knows only {', '.join(sorted(KNOWN))}")
    if wrong := [name for name, value in told.items() if not isinstance(value, str)]:
        raise ConfigError(f"{path}: {wrong[0]} must be text in quotes")
    return told


def inherited() -> dict[str, str]:
    """The variables this process was started with; an empty one counts as not set."""
    return {name: value for name, value in os.environ.items() if value}
