"""`make simulate-check`: the simulation held against a real lane, whose workers come and go by the same rule.

Jobs are handed in at fixed times to real workers on a real Valkey; the rule's times are short, so that minutes do. The
simulation gets the same arrivals, the press time and the start-up measured just before.
"""

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from bulkpress_client.local.valkey import ValkeyServer
from bulkpress_core.domain.jobs import JobId, JobState
from bulkpress_core.domain.lanes import Lane as LaneName
from bulkpress_engine.options import DEFAULT_LIMITS, PressOptions
from bulkpress_engine.sandbox import Sandbox
from tests.bench.page import write_between_markers
from tests.load.autoscaling import Autoscaler, Rule
from tests.load.lane import Arrival, Lane
from tests.load.measure import start_times
from tests.support.pdf_factory import images
from tests.support.services import WORKER, Service, System

RULE = Rule(target=6, max_replicas=2, polling_s=1.0, cooldown_s=6.0, stabilization_s=4.0, hpa_period_s=2.0)
SLOTS = 1
BURSTS = ((1.0, 40), (22.0, 60), (55.0, 25))  # seconds, files
TICK_S = 0.05
FIGURES = {
    "mean wait, s": "mean_wait_s",
    "time of all workers, s": "pod_s",
    "last file ended after, s": "ended_s",
    "most workers at once": "most_pods",
}


@dataclass
class Seen:
    """A lane from the first file to the last pod's end."""

    mean_wait_s: float
    pod_s: float
    ended_s: float  # of the last file
    most_pods: int


def document(number: int) -> bytes:
    """A photograph that no other is the same as."""
    return images.photo_jpeg(1600, 1200, width_pt=384, seed=7) + b"%% %d\n" % number


def press_s() -> float:
    """Seconds that pressing one takes in a warm sandbox."""
    with TemporaryDirectory() as name, Sandbox(DEFAULT_LIMITS) as sandbox:
        source, taken = Path(name, "in.pdf"), []
        for number in range(12):
            source.write_bytes(document(number))
            started = time.perf_counter()
            sandbox.press(source, Path(name, "out.pdf"), PressOptions())
            taken.append(time.perf_counter() - started)
    return fmean(taken[2:])


class RealLane:
    """Workers of one lane, as many as the rule wants."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._scaler = Autoscaler(RULE)
        self._workers: list[tuple[Service, float]] = []
        self._ending: list[tuple[Service, float]] = []
        self.pod_s = 0.0
        self.most_pods = 0

    def poll(self, now_s: float) -> int:
        """Look at the backlog, and start or stop workers. Returns how many there are, those on their way out too."""
        jobs = self._system.jobs
        wanted = self._scaler.decide(now_s, jobs.pending(LaneName.COMPRESSION) + jobs.running(LaneName.COMPRESSION))
        while len(self._workers) < wanted:
            self._workers.append((self._system.launch([*WORKER, f"--concurrency={SLOTS}"]), now_s))
        while len(self._workers) > wanted:
            worker, since_s = self._workers.pop()
            worker.process.terminate()
            self._ending.append((worker, since_s))
        self.most_pods = max(self.most_pods, len(self._workers))
        return len(self._workers) + len(self._ending)

    def look(self, now_s: float) -> None:
        """Count the time of workers that have ended."""
        for one in [one for one in self._ending if one[0].process.poll() is not None]:
            self._ending.remove(one)
            self.pod_s += now_s - one[1]


def real(contents: list[list[bytes]]) -> Seen:
    """What happens on this machine."""
    with TemporaryDirectory() as name, ValkeyServer(Path(name, "valkey")) as valkey:
        overrides = {"bulkpress_lanes": "compression", "bulkpress_lease_s": "30"}
        with System(Path(name, "system"), valkey.url, **overrides) as system:
            lane, handed_in = RealLane(system), list[JobId]()
            bursts = list(zip(BURSTS, contents, strict=True))
            started, waited, ended_s, next_poll_s, there = time.monotonic(), 0.0, 0.0, 0.0, 0
            last_s = 0.0
            while bursts or there or system.jobs.pending(LaneName.COMPRESSION):
                now_s = time.monotonic() - started
                waited += system.jobs.pending(LaneName.COMPRESSION) * (now_s - last_s)
                last_s = now_s
                if bursts and now_s >= bursts[0][0][0]:
                    handed_in.append(hand_in(system, bursts.pop(0)[1]))
                if now_s >= next_poll_s:
                    there, next_poll_s = lane.poll(now_s), next_poll_s + RULE.polling_s
                lane.look(now_s)
                if not ended_s and not bursts and all(is_finished(system, job_id) for job_id in handed_in):
                    ended_s = now_s
                time.sleep(TICK_S)  # the backlog is sampled, and the rule has its own clock
    return Seen(waited / sum(count for _, count in BURSTS), lane.pod_s, ended_s, lane.most_pods)


def hand_in(system: System, contents: list[bytes]) -> JobId:
    """A job of these files, open in the bulk lane."""
    job_id = system.hand_in(*contents, announce=False)
    system.jobs.open(job_id, LaneName.COMPRESSION, now=datetime.now(UTC))
    system.queue.ring(LaneName.COMPRESSION, len(contents))
    return job_id


def is_finished(system: System, job_id: JobId) -> bool:
    """Whether all of the job's files have ended."""
    return system.jobs.get(job_id).state is JobState.FINISHED


def simulated(pressing_s: float, starting_s: float) -> Seen:
    """What the simulation says of the same."""
    arrivals = [Arrival(at_s, pressing_s) for at_s, count in BURSTS for _ in range(count)]
    outcome = Lane(RULE, SLOTS, lambda: starting_s).run(iter(arrivals))
    return Seen(fmean(outcome.waits_s), outcome.pod_s, outcome.ended_s, outcome.most_pods)


def main() -> int:
    """Both, beside each other."""
    with TemporaryDirectory() as name:
        starting_s = fmean(start_times(Path(name)))
    pressing_s = press_s()
    numbers = iter(range(1000))
    contents = [[document(next(numbers)) for _ in range(count)] for _, count in BURSTS]
    expected, seen = simulated(pressing_s, starting_s), real(contents)
    lines = [
        f"Made by `make simulate-check`: {sum(count for _, count in BURSTS)} files in {len(BURSTS)} jobs, up to",
        f"{RULE.max_replicas} workers. A press takes {pressing_s:.3f} s, a start {starting_s:.2f} s.",
        "",
        "| | simulated | real |",
        "| --- | ---: | ---: |",
    ]
    for name, of in FIGURES.items():
        lines.append(f"| {name} | {getattr(expected, of):.1f} | {getattr(seen, of):.1f} |")
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    write_between_markers(Path("docs/explanation/scale.md"), "simulate-check", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
