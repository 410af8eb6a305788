"""`python -m scheduler`: Celery beat and the sweeps. Running it twice is harmless, and once is enough."""

import sys

from bulkpress_core.settings import SettingsError, read_settings
from bulkpress_core.telemetry import PortInUseError
from scheduler.bootstrap import run_scheduler

if __name__ == "__main__":
    try:
        run_scheduler(read_settings())
    except (SettingsError, PortInUseError) as error:
        sys.exit(f"The scheduler cannot start: {error}")
