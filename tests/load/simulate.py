"""`make simulate`: how long files wait and what pods cost, by the settings of a lane's autoscaling.

Days are made of jobs that come by the hour of the day, as offices send them, most of one file and some of thousands.
Press times and start-up are measured ones (measured.json); what a cluster adds to a pod's start, and the price of a
core, are options. Lanes are those of the product: its own rules say which file goes where.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from random import Random
from statistics import fmean, quantiles

from bulkpress_core.domain.lanes import Lane as LaneName
from bulkpress_core.domain.lanes import is_heavy, usual_lane
from tests.bench.page import write_between_markers
from tests.load.autoscaling import Rule
from tests.load.lane import Arrival, Lane
from tests.load.measure import MEASURED

# Share of a day's jobs that comes in each hour: an office's day with an evening of machines' batches.
BY_HOUR = (1, 1, 1, 1, 1, 2, 3, 6, 9, 11, 11, 10, 7, 9, 10, 9, 8, 6, 4, 3, 8, 8, 3, 2)
JOB_SIZES = ((0.75, 1, 1), (0.20, 2, 20), (0.05, 100, 2000))  # share of jobs, and between how many files
RULES = {  # the chart's defaults
    LaneName.EXPRESS: Rule(target=2, min_replicas=1, max_replicas=10, stabilization_s=120),
    LaneName.COMPRESSION: Rule(stabilization_s=120),
    LaneName.HEAVY: Rule(target=1, max_replicas=5),
}
SLOTS = {LaneName.EXPRESS: 2, LaneName.COMPRESSION: 2, LaneName.HEAVY: 1}  # files at once in a pod
SWEPT = ((LaneName.COMPRESSION, 60, (2, 4, 8, 16)), (LaneName.EXPRESS, 10, (1, 2, 4)))
PATIENCE_S = ((60.0, 60.0), (300.0, 120.0), (300.0, 300.0), (900.0, 600.0))  # cooldown, stabilization
MOST_PODS = (10, 20, 40, 80)
HEAD = (
    "| lane | target | cooldown | stabilization | most pods | wait p50 | p99 | pods | pod-hours | busy | per million |",
    "| --- |" + " ---: |" * 10,
)


@dataclass(frozen=True)
class Measured:
    """What measured.json holds."""

    press_s: list[float]  # quantiles, from the shortest to the longest
    start_s: list[float]

    def press(self, chance: Random) -> float:
        """A press time, drawn between two quantiles."""
        place = chance.random() * (len(self.press_s) - 1)
        low = int(place)
        return self.press_s[low] + (place - low) * (self.press_s[low + 1] - self.press_s[low])


def arrivals(files_per_day: int, measured: Measured, seed: int) -> dict[LaneName, list[Arrival]]:
    """A day's files by lane, in order."""
    chance = Random(seed)
    mean_files = sum(share * (low + high) / 2 for share, low, high in JOB_SIZES)
    by_lane: dict[LaneName, list[Arrival]] = defaultdict(list)
    for at_s in _times(round(files_per_day / mean_files), chance):
        _, low, high = chance.choices(JOB_SIZES, weights=[share for share, _, _ in JOB_SIZES])[0]
        presses = [measured.press(chance) for _ in range(chance.randint(low, high))]
        usual = usual_lane(len(presses), 1000 * sum(presses))
        for press_s in presses:
            by_lane[LaneName.HEAVY if is_heavy(1000 * press_s) else usual].append(Arrival(at_s, press_s))
    return by_lane


def _times(jobs: int, chance: Random) -> list[float]:
    hours = chance.choices(range(24), weights=BY_HOUR, k=jobs)
    return sorted((hour + chance.random()) * 3600 for hour in hours)


@dataclass(frozen=True)
class Day:
    """A day's files, and what pods take and cost."""

    by_lane: dict[LaneName, list[Arrival]]
    measured: Measured
    cluster_start_s: float
    core_hour_price: float

    @property
    def mean_press_s(self) -> float:
        """Seconds of a core for a file, on average."""
        return fmean(one.press_s for files in self.by_lane.values() for one in files)

    def row(self, name: LaneName, rule: Rule) -> str:
        """One line of the table: the lane's day by this rule."""
        files, slots = self.by_lane[name], SLOTS[name]
        outcome = Lane(rule, slots, self._starts()).run(iter(files))
        cuts = quantiles(outcome.waits_s, n=100)
        core_s = outcome.pod_s * slots
        cost = core_s / 3600 * self.core_hour_price * 1e6 / len(files)
        return (
            f"| {name} | {rule.target} | {rule.cooldown_s:.0f} | {rule.stabilization_s:.0f} | {rule.max_replicas} "
            f"| {cuts[49]:.1f} | {cuts[98]:.1f} | {outcome.most_pods} | {outcome.pod_s / 3600:.1f} "
            f"| {outcome.busy_s / core_s:.0%} | {cost:.2f} |"
        )

    def _starts(self) -> Callable[[], float]:
        chance = Random(1)
        return lambda: chance.choice(self.measured.start_s) + self.cluster_start_s * (0.5 + chance.random())


def tables(day: Day) -> Iterator[str]:
    """The lanes with the chart's settings, and two of them with others."""
    files, own_start_s = sum(map(len, day.by_lane.values())), fmean(day.measured.start_s)
    yield f"Made by `make simulate`: a day of {files:,} files, {day.mean_press_s:.2f} s of a core each on average."
    yield f"A pod starts in {own_start_s:.1f} s (measured) and {day.cluster_start_s:.0f} s more (assumed);"
    yield f"a core costs {day.core_hour_price} an hour (assumed); the last column is what a million files cost."
    yield "Times are in seconds."
    yield from ("", *HEAD)
    yield from (day.row(name, rule) for name, rule in RULES.items() if day.by_lane[name])
    for name, most, targets in SWEPT:
        yield from ("", f"`{name}` with up to {most} pods, by its other settings:", "", *HEAD)
        for target, (cooldown_s, stabilization_s) in product(targets, PATIENCE_S):
            other = replace(RULES[name], target=target, cooldown_s=cooldown_s, stabilization_s=stabilization_s)
            yield day.row(name, replace(other, max_replicas=most))
    name = LaneName.COMPRESSION
    yield from ("", f"`{name}` by how many pods it may have:", "", *HEAD)
    yield from (day.row(name, replace(RULES[name], max_replicas=most)) for most in MOST_PODS)


def main() -> int:
    """Simulate, print, and put the tables into the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--files-per-day", type=int, default=1_000_000)
    options.add_argument(
        "--cluster-start", type=float, default=10.0, metavar="S", help="that a cluster adds to a start"
    )
    options.add_argument("--price", type=float, default=0.04, help="of a core for an hour")
    options.add_argument("--docs", type=Path, default=Path("docs/explanation/scale.md"))
    asked = options.parse_args()
    told = json.loads(MEASURED.read_text())
    measured = Measured(told["press_s"], told["start_s"])
    day = Day(arrivals(asked.files_per_day, measured, seed=1), measured, asked.cluster_start, asked.price)
    text = "\n".join(tables(day)) + "\n"
    sys.stdout.write(text)
    write_between_markers(asked.docs, "simulate", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
