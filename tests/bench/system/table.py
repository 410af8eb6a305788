"""The page's section of the whole system."""

import os
from collections import Counter
from dataclasses import dataclass
from statistics import mean, quantiles

from tests.bench.system.mixes import Mix
from tests.bench.system.places import Bare
from tests.bench.system.running import Run

MIB = 2**20
SHOWN_FROM = 0.01  # of all CPU time


@dataclass(frozen=True)
class Measured:
    """One load everywhere, so many files pressed at once."""

    mix: Mix
    workers: int
    bare: tuple[Bare, Bare]  # before and after the others
    runs: dict[str, Run]

    @property
    def bare_s(self) -> float:
        """Seconds that the bare engine takes, the mean of both runs."""
        return mean(one.wall_s for one in self.bare)

    @property
    def drift(self) -> float:
        """By what share its runs differ: how much of the other figures is the machine."""
        return max(one.wall_s for one in self.bare) / min(one.wall_s for one in self.bare) - 1

    def cpu(self, run: Run) -> float:
        """The CPU time of all parts of the system, of that of the bare engine."""
        return sum(use.cpu_s for use in run.parts.values()) / mean(one.cpu_s for one in self.bare)


@dataclass(frozen=True)
class Costs:
    """What the small files cost in one place besides time."""

    place: str
    files: int
    ready_s: float
    accept_s: list[float]
    commands: Counter[str]
    requests: Counter[str]


def page(measured: list[Measured], costs: list[Costs]) -> str:
    """All tables."""
    return "\n".join(
        [
            f"Made by `make bench-system` on {os.cpu_count()} cores, which clients, servers and workers share. The",
            "bare engine is `bulkpress compress --jobs N`, run before and after the others. The system is all that",
            "`make up` starts; a client uploads one job, follows its events and downloads it.",
            "Documents are made up: scans and photographs.",
            "",
            *_throughput(measured),
            "",
            *_scaling(measured),
            "",
            *_parts(measured),
            "",
            *_costs(costs),
            "",
        ]
    )


def _throughput(measured: list[Measured]) -> list[str]:
    lines = [
        "| load | at once | where | files/s | MB/s | / bare | to disk | CPU / bare | upload s | event lag p50 | p99 |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in measured:
        files, megabytes = len(one.mix.paths), one.mix.bytes / 1e6
        start = f"| {one.mix.name} | {one.workers}"
        lines.append(
            f"{start} | bare (runs differ by {one.drift:.0%}) | {files / one.bare_s:.1f} "
            f"| {megabytes / one.bare_s:.1f} | 1 | 1 | | | | |"
        )
        for place, run in one.runs.items():
            p50, p99 = _percentiles(run.lags_ms)
            lines.append(
                f"{start} | {place} | {files / run.pressed_s:.1f} | {megabytes / run.pressed_s:.1f} "
                f"| {one.bare_s / run.pressed_s:.2f} | {one.bare_s / run.downloaded_s:.2f} | {one.cpu(run):.2f} "
                f"| {run.upload_s:.1f} | {p50:.0f} ms | {p99:.0f} ms |"
            )
    return lines


def _scaling(measured: list[Measured]) -> list[str]:
    lines = ["| load | where | 2 at once / 1 at once |", "| --- | --- | ---: |"]
    for one, two in zip(measured[::2], measured[1::2], strict=True):
        lines.append(f"| {one.mix.name} | bare | {one.bare_s / two.bare_s:.2f} |")
        lines += [
            f"| {one.mix.name} | {place} | {run.pressed_s / two.runs[place].pressed_s:.2f} |"
            for place, run in one.runs.items()
        ]
    return lines


def _parts(measured: list[Measured]) -> list[str]:
    lines = [
        "| load | where | part | CPU s | of all | its largest process | bytes read and written / byte pressed |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for one in measured[::2]:
        for place, run in one.runs.items():
            whole = sum(use.cpu_s for use in run.parts.values())
            lines += [
                f"| {one.mix.name} | {place} | {name} | {use.cpu_s:.1f} | {use.cpu_s / whole:.1%} "
                f"| {use.peak_rss_bytes / MIB:.0f} MiB | {use.moved_bytes / one.mix.bytes:.1f} |"
                for name, use in run.parts.items()
                if use.cpu_s >= SHOWN_FROM * whole
            ]
    return lines


def _costs(costs: list[Costs]) -> list[str]:
    lines = [
        "| 50 kB, one at once | ready after | accept p50 | p99 | Redis: sent / file | in scripts | store / file |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for one in costs:
        p50, p99 = _percentiles([1000 * taken for taken in one.accept_s])
        sent, inside = (
            sum(n for name, n in one.commands.items() if name.startswith(kind)) for kind in ("sent", "script")
        )
        requests = ", ".join(f"{name} {count / one.files:.2f}" for name, count in one.requests.most_common())
        lines.append(
            f"| {one.place} | {one.ready_s:.1f} s | {p50:.0f} ms | {p99:.0f} ms | {sent / one.files:.1f} "
            f"| {inside / one.files:.1f} | {requests or 'a folder'} |"
        )
        lines += ["", f"Of {one.place}, the most frequent: " + _most(one.commands, one.files) + ".", ""]
    return lines


def _most(commands: Counter[str], files: int) -> str:
    return ", ".join(f"{name} {count / files:.1f}" for name, count in commands.most_common(14))


def _percentiles(values: list[float]) -> tuple[float, float]:
    """The 50th and the 99th."""
    cuts = quantiles(values, n=100, method="inclusive") if len(values) > 1 else values * 99
    return cuts[49], cuts[98]
