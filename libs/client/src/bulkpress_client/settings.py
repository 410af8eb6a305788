"""The client's one place that reads the environment; click reads the variables that stand for options."""

import os


def inherited() -> dict[str, str]:
    """The variables this process was started with; an empty one counts as not set."""
    return {name: value for name, value in os.environ.items() if value}
