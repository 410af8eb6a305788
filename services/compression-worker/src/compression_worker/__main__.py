"""`python -m compression_worker [options of celery worker]`: work on the lanes of this installation."""

import sys

import click

from bulkpress_core.domain.lanes import Lane
from bulkpress_core.settings import SettingsError, read_settings
from compression_worker.bootstrap import make_worker


def main(arguments: list[str]) -> None:
    """Run a Celery worker until it is told to stop (SIGTERM lets running files end); what is given overrides.

    A worker of some lanes only is known by their names, so that several can run on one machine.
    """
    try:
        settings = read_settings()
        worker = make_worker(settings)
    except SettingsError as error:
        sys.exit(f"The worker cannot start: {error}")
    defaults = [
        f"--queues={','.join(settings.lanes)}",
        *([f"--hostname={'+'.join(settings.lanes)}@%h"] if len(settings.lanes) < len(Lane) else []),
        f"--loglevel={settings.bulkpress_log_level}",
        "--without-gossip",  # workers have nothing to tell each other
        "--without-mingle",
    ]
    try:  # quiet: the log says what runs, no banner need
        worker.worker_main(["--quiet", "worker", *defaults, *arguments])
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main(sys.argv[1:])
