"""Measurements as tables: per category and in total, of the files that every tool was measured on."""

import math
from collections.abc import Collection, Sequence
from statistics import fmean
from typing import Final

from tests.bench.results import Measurement
from tests.bench.tools import BASELINE

HEADINGS: Final = (
    "tool",
    "out/in",
    "geo. mean",
    "ink SSIM",
    "worst page",
    "text < .99",
    "lost",
    "grew",
    "failed",
    f"CPU / {BASELINE}",
    "peak MiB",
)
TEXT_KEPT = 0.99
NOTHING = "-"


def comparable(measured: Sequence[Measurement], tools: Sequence[str]) -> list[Measurement]:
    """The measurements of files that all of the tools were measured on: nothing else can be compared."""
    done: dict[str, set[str]] = {}
    for one in measured:
        done.setdefault(one.file, set()).add(one.tool)
    return [one for one in measured if done[one.file] >= set(tools)]


def tables(measured: Sequence[Measurement], tools: Sequence[str]) -> str:
    """Markdown: a table for all readable files, one for each category of them, one for sources no reader opens."""
    readable = [one for one in measured if one.readable]
    broken = [one for one in measured if not one.readable]
    parts = [_comparison("All files", readable, tools)] if readable else []
    parts += [
        _comparison(category, [one for one in readable if one.category == category], tools)
        for category in sorted({one.category for one in readable})
    ]
    if broken:
        parts.append(_endings(broken, tools))
    return "\n\n".join(parts)


def _comparison(title: str, measured: Sequence[Measurement], tools: Sequence[str]) -> str:
    baseline_cpu_s = sum(one.cpu_s for one in measured if one.tool == BASELINE)
    rows = [_row(tool, [one for one in measured if one.tool == tool], baseline_cpu_s) for tool in tools]
    files = {one.file: one.bytes_in for one in measured}
    return f"### {title}: {_counted(files)}, {sum(files.values()) / 1e6:.1f} MB\n\n{_markdown(HEADINGS, rows)}"


def _row(tool: str, measured: Sequence[Measurement], baseline_cpu_s: float) -> tuple[str, ...]:
    """One tool's figures. Where it failed, the original is all one has, and counts as its result."""
    ratios = [(one.bytes_in if one.bytes_out is None else one.bytes_out) / max(one.bytes_in, 1) for one in measured]
    bytes_out = sum(one.bytes_in if one.bytes_out is None else one.bytes_out for one in measured)
    ink = [one.ink_ssim for one in measured if one.ink_ssim is not None]
    worst = [one.worst_page for one in measured if one.worst_page is not None]
    return (
        tool,
        f"{bytes_out / sum(one.bytes_in for one in measured):.3f}",
        f"{math.exp(fmean(math.log(ratio) for ratio in ratios)):.3f}",
        f"{fmean(ink):.4f}" if ink else NOTHING,
        f"{min(worst):.3f}" if worst else NOTHING,
        str(sum(one.text is not None and one.text < TEXT_KEPT for one in measured)),
        str(sum(bool(one.lost) for one in measured)),
        str(sum(one.bytes_out is not None and one.bytes_out > one.bytes_in for one in measured)),
        str(sum(one.failed for one in measured)),
        f"{sum(one.cpu_s for one in measured) / baseline_cpu_s:.2f}" if baseline_cpu_s else NOTHING,
        f"{max(one.peak_rss_bytes for one in measured) / 2**20:.0f}",
    )


def _endings(measured: Sequence[Measurement], tools: Sequence[str]) -> str:
    """How tools end on sources that no reader opens without a password: by themselves, one hopes."""
    headings = ("tool", "a result", "refused", "killed by a signal", "over the limit", "peak MiB")
    rows = []
    for tool in tools:
        mine = [one for one in measured if one.tool == tool]
        over = sum(one.timed_out for one in mine)
        rows.append(
            (
                tool,
                str(sum(one.exit_code == 0 for one in mine)),
                str(sum(one.exit_code > 0 for one in mine)),
                str(sum(one.exit_code < 0 for one in mine) - over),
                str(over),
                f"{max(one.peak_rss_bytes for one in mine) / 2**20:.0f}",
            )
        )
    count = _counted({one.file for one in measured})
    return f"### Sources that no reader opens without a password: {count}\n\n{_markdown(headings, rows)}"


def _counted(files: Collection[str]) -> str:
    return f"{len(files)} file{'' if len(files) == 1 else 's'}"


def _markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---", *(["---:"] * (len(headings) - 1))], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
