"""The job: handed in, watched and taken back through a port-forward that may end at any time."""

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bulkpress_client import BulkpressApiError, Client, JobView, UnreachableError
from tests.e2e_cluster.cluster import RELEASE, Cluster, ClusterError, forwarded
from tests.e2e_cluster.figures import LANE, Figures
from tests.support.pdf_factory import images

PATIENCE_S = 300.0  # for the gateway to be reached again
TEMPORARY = {429, 502, 503, 504}

T = TypeVar("T")


class Caller:
    """Calls the gateway again until it is reached, each time through a port-forward of its own."""

    def __init__(self, cluster: Cluster, key: str, scratch: Path) -> None:
        self._cluster, self._key, self._log = cluster, key, scratch / "port-forward.log"

    def call(self, ask: Callable[[Client], T]) -> T:
        """What `ask` returns, which is asked again after a lost connection. Raises ClusterError."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with forwarded(self._cluster, self._log) as url, Client(url, api_key=self._key) as client:
                    return ask(client)
            except (UnreachableError, ClusterError, BulkpressApiError) as error:
                if isinstance(error, BulkpressApiError) and error.status not in TEMPORARY:
                    raise ClusterError(f"the gateway refused: {error}") from error
                if time.monotonic() > deadline:
                    raise ClusterError(f"for {PATIENCE_S:.0f} s the gateway was not to be reached: {error}") from error
                time.sleep(1)


def documents(count: int, folder: Path) -> list[Path]:
    """That many different PDFs with a photograph each, which a core presses in about a second."""
    folder.mkdir()
    paths = [folder / f"{number:05}.pdf" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(images.photo_flate(600 + number % 7, 450, seed=number))
    return paths


def results(caller: Caller, job_id: str) -> int:
    """How many results come back as PDFs."""
    with tempfile.TemporaryDirectory(prefix="bulkpress-results-") as folder:
        paths = caller.call(lambda client: client.download(job_id, folder))
        return sum(path.suffix == ".pdf" and path.read_bytes().startswith(b"%PDF-") for path in paths)


def states(caller: Caller, job_id: str) -> dict[str, int]:
    """How many files are in each state."""
    return dict(Counter(caller.call(lambda client: [one.state for one in client.files(job_id)])))


def progress(caller: Caller, job_id: str) -> JobView:
    """Where the job stands."""
    return caller.call(lambda client: client.job(job_id))


class LaneWatch(threading.Thread):
    """Counts the lane's pods every two seconds until told to stop."""

    def __init__(self, cluster: Cluster, figures: Figures) -> None:
        super().__init__(daemon=True)
        self._cluster, self._figures, self._stop_asked = cluster, figures, threading.Event()
        self._since = time.monotonic()

    def run(self) -> None:
        while not self._stop_asked.wait(2):
            try:
                pods = self._cluster.get("deployment", f"{RELEASE}-worker-{LANE}")["status"].get("readyReplicas", 0)
            except ClusterError:
                continue  # asked again in two seconds
            if pods and "first pod" not in self._figures.seconds:
                self._figures.seconds["first pod"] = time.monotonic() - self._since
            self._figures.pods_peak = max(self._figures.pods_peak, pods)

    def stop(self) -> None:
        """Count no more."""
        self._stop_asked.set()
        self.join(timeout=90)
