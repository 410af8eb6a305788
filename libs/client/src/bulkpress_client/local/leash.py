"""`python -m bulkpress_client.local.leash HOME RUN_ID`: ends what a supervisor leaves behind when it dies.

The supervisor holds the other end of stdin. A letter there means that all is in order; an end without it means that the
supervisor is gone, by SIGKILL or for want of memory: then every process of the run is ended, as `bulkpress down` would.
This works where PR_SET_PDEATHSIG does not: on macOS, for children's children, and whichever thread started them.
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bulkpress_client.local.run_record import RunRecord

ALL_IN_ORDER = b"."
GRACE_S = 5.0  # for what an abandoned service still wants to save


class Leash:
    """The supervisor's end. It does not survive its process; that is the point."""

    def __init__(self, home: Path, run_id: str, environment: Mapping[str, str], log_path: Path) -> None:
        command = [sys.executable, "-m", "bulkpress_client.local.leash", str(home), run_id]
        with log_path.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # what ends the supervisor's group or terminal must not end it
            )

    def let_go(self) -> None:
        """Say that all is in order, and wait for it to end."""
        self._process.communicate(ALL_IN_ORDER)


def main(home: Path, run_id: str) -> None:
    """Wait for the supervisor's end; after a bad one, end all that is left of the run."""
    if sys.stdin.buffer.read():
        return
    record = RunRecord.read(home)
    if record is None or record.run_id != run_id:  # it died before the first record: the run's id is enough
        record = RunRecord(run_id)
    record.end(grace_s=GRACE_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
