"""Measurements as tables: per category and in total, of the files that every tool was measured on."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import fmean, median
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
    "median MiB",
    "peak MiB",
)
TEXT_KEPT = 0.99
RIVALS: Final = (
    ("bulkpress low", "gs /printer"),
    ("bulkpress low", "OCRmyPDF -O3"),
    ("bulkpress medium", "gs /ebook"),
    ("bulkpress medium", "PyMuPDF 150/75"),
    ("bulkpress high", "gs /screen"),
    ("bulkpress high", "PyMuPDF 100/55"),
)
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
    parts = [_comparison("All files", readable, tools), _duels(readable, tools)] if readable else []
    parts += [
        _comparison(category, [one for one in readable if one.category == category], tools)
        for category in sorted({one.category for one in readable})
    ]
    if broken:
        parts.append(_endings(broken, tools))
    return "\n\n".join(filter(None, parts))


def _comparison(title: str, measured: Sequence[Measurement], tools: Sequence[str]) -> str:
    baseline_cpu_s = sum(one.cpu_s for one in measured if one.tool == BASELINE)
    rows = [_row(tool, [one for one in measured if one.tool == tool], baseline_cpu_s) for tool in tools]
    files = {one.file: one.bytes_in for one in measured}
    return f"### {title}: {_counted(files)}, {sum(files.values()) / 1e6:.1f} MB\n\n{_markdown(HEADINGS, rows)}"


@dataclass(frozen=True, slots=True)
class Totals:
    """One tool over many files. Where it failed, the original is all one has, and counts as its result."""

    bytes_in: int
    bytes_out: int
    geometric_mean: float  # of out/in
    ink_ssim: float  # mean over files; not a number where nothing could be compared
    worst_page: float
    lost: int  # files that lost something
    cpu_s: float


def totals(measured: Sequence[Measurement]) -> Totals:
    """Sum up one tool's measurements."""
    sizes = [(one.bytes_in, one.bytes_in if one.bytes_out is None else one.bytes_out) for one in measured]
    return Totals(
        bytes_in=sum(before for before, _ in sizes),
        bytes_out=sum(after for _, after in sizes),
        geometric_mean=math.exp(fmean(math.log(after / max(before, 1)) for before, after in sizes)),
        ink_ssim=fmean([one.ink_ssim for one in measured if one.ink_ssim is not None] or [math.nan]),
        worst_page=min((one.worst_page for one in measured if one.worst_page is not None), default=math.nan),
        lost=sum(bool(one.lost) for one in measured),
        cpu_s=sum(one.cpu_s for one in measured),
    )


def _row(tool: str, measured: Sequence[Measurement], baseline_cpu_s: float) -> tuple[str, ...]:
    """One tool's figures."""
    total = totals(measured)
    peaks = [one.peak_rss_bytes / 2**20 for one in measured]
    return (
        tool,
        f"{total.bytes_out / total.bytes_in:.3f}",
        f"{total.geometric_mean:.3f}",
        NOTHING if math.isnan(total.ink_ssim) else f"{total.ink_ssim:.4f}",
        NOTHING if math.isnan(total.worst_page) else f"{total.worst_page:.3f}",
        str(sum(one.text is not None and one.text < TEXT_KEPT for one in measured)),
        str(total.lost),
        str(sum(one.bytes_out is not None and one.bytes_out > one.bytes_in for one in measured)),
        str(sum(one.failed for one in measured)),
        f"{total.cpu_s / baseline_cpu_s:.2f}" if baseline_cpu_s else NOTHING,
        f"{median(peaks):.0f}",
        f"{max(peaks):.0f}",
    )


def _duels(measured: Sequence[Measurement], tools: Sequence[str]) -> str:
    """Each level against the peers that people use for the same, on the same files."""
    rows = []
    for ours, theirs in RIVALS:
        if {ours, theirs} <= set(tools):
            mine, others = (totals([one for one in measured if one.tool == tool]) for tool in (ours, theirs))
            rows.append(
                (
                    f"{ours} : {theirs}",
                    f"{1 - mine.bytes_out / others.bytes_out:.1%}",
                    f"{mine.ink_ssim:.4f} : {others.ink_ssim:.4f}",
                    f"{mine.worst_page:.3f} : {others.worst_page:.3f}",
                    f"{mine.lost} : {others.lost}",
                    f"{mine.cpu_s / others.cpu_s:.2f}",
                )
            )
    headings = ("ours : theirs", "smaller by", "ink SSIM", "worst page", "files with losses", "CPU, ours / theirs")
    return f"### Level against level, all files\n\n{_markdown(headings, rows)}" if rows else ""


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
