"""Pictures of the dashboards, from what a real Prometheus has seen: `make dashboard-pictures`.

A small stand-in for Grafana: each panel where Grafana has it, its questions asked over the last minutes, lines and
numbers drawn with matplotlib.
"""

import json
import re
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from bulkpress_client import Client
from tests.observability.conftest import RULES, watched_system
from tests.support.pdf_factory import features, images, pages
from tests.support.prometheus import Prometheus

DASHBOARDS = RULES.parents[1] / "dashboards"
PICTURES = RULES.parents[4] / "docs" / "explanation" / "pictures" / "dashboards"
COLUMNS, CELL_INCHES, DPI = 24, 0.55, 80
# What Grafana puts in; the questions are of the last minutes.
VARIABLES = {"$__rate_interval": "30s", "$__range": "5m", "$price_per_gb": "0.023"}
ROUNDS, REST_S = 12, 20.0
PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def asked(expression: str, variables: Mapping[str, str] = VARIABLES) -> str:
    """The question as Prometheus takes it."""
    for name, value in variables.items():
        expression = expression.replace(name, value)
    return expression


def shown(value: float, unit: str) -> str:
    """A number as Grafana writes it, nearly."""
    if unit == "percentunit":
        return f"{value:.1%}"
    if unit == "currencyUSD":
        return f"${value:.4f}"
    suffix = {"s": " s", "bytes": "B", "decbytes": "B", "Bps": "B/s", "ops": "/s", "reqps": "/s"}.get(unit, "")
    for size, prefix in PREFIXES if unit != "s" else ():
        if abs(value) >= size:
            return f"{value / size:.3g} {prefix}{suffix}"
    return f"{value:.3g}{suffix}"


def legend(template: str, labels: Mapping[str, str]) -> str:
    """What a line is called."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), template) or "value"


def draw(dashboard: Mapping[str, Any], prometheus: Prometheus, *, since_s: float) -> Figure:
    """The dashboard with what the last `since_s` seconds have brought."""
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
    figure = Figure(figsize=(COLUMNS * CELL_INCHES, rows * CELL_INCHES * 0.75 + 0.5), facecolor="white")
    figure.suptitle(dashboard["title"], x=0.01, ha="left", fontsize=13, fontweight="bold")
    top = 1 - 0.5 / figure.get_figheight()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        left, width = at["x"] / COLUMNS, at["w"] / COLUMNS
        height = at["h"] / rows * top
        bottom = top - (at["y"] + at["h"]) / rows * top
        box = (left + 0.04, bottom + 0.16 * height, width - 0.055, 0.66 * height)
        _draw_panel(figure.add_axes(box), panel, prometheus, since_s)
    return figure


def _draw_panel(axes: Axes, panel: Mapping[str, Any], prometheus: Prometheus, since_s: float) -> None:
    axes.set_title(panel["title"], fontsize=8, loc="left")
    unit = panel["fieldConfig"]["defaults"]["unit"]
    if panel["type"] == "stat":
        (found, *_) = prometheus.query(asked(panel["targets"][0]["expr"])) or [{"value": [0, "nan"]}]
        axes.text(0.5, 0.45, shown(float(found["value"][1]), unit), ha="center", va="center", fontsize=17)
        axes.axis("off")
        return
    lines = 0
    for target in panel["targets"]:
        for series in prometheus.range(asked(target["expr"]), since_s=since_s):
            times = [float(at) - time.time() for at, _ in series["values"]]
            axes.plot(times, [float(value) for _, value in series["values"]], linewidth=1.2)
            axes.lines[-1].set_label(legend(target["legendFormat"], series["metric"]))
            lines += 1
    axes.margins(y=0.15)
    low, high = axes.get_ylim()
    if low >= 0 or "deriv" not in panel["targets"][0]["expr"]:
        axes.set_ylim(-0.03 * high, high)  # a line of zeros is seen above the axis
    axes.set_xlim(-since_s, 0)
    axes.tick_params(labelsize=6)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _at: shown(value, unit)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _at: f"{value:.0f} s"))
    axes.grid(visible=True, linewidth=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    if 0 < lines <= 8:
        axes.legend(fontsize=6, loc="upper left", frameon=False)


def write(prometheus: Prometheus, folder: Path, *, since_s: float) -> list[Path]:
    """A PNG of each dashboard in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for path in sorted(DASHBOARDS.glob("*.json")):
        picture = folder / f"{path.stem}.png"
        draw(json.loads(path.read_text()), prometheus, since_s=since_s).savefig(picture, dpi=DPI)
        written.append(picture)
    return written


def work(client: Client, folder: Path, *, rounds: int) -> None:
    """Several jobs of good files and bad ones, some at once."""
    made: Sequence[tuple[str, bytes]] = [
        ("photo.pdf", images.photo_jpeg(1400, 1000)),
        ("form.pdf", features.form()),
        ("text.pdf", pages.uncompressed_text()),
        ("broken.pdf", b"%PDF-1.7\n" + bytes(5000)),
    ]
    for number in range(rounds):
        own = folder / f"job-{number}"
        own.mkdir()
        for copy in range(6):
            for name, body in made:
                (own / f"{copy}-{name}").write_bytes(body + f"\n% {number} {copy}".encode())  # else it is known already
        jobs = [client.submit(sorted(own.glob(f"{copy}-*.pdf"))).job_id for copy in range(6)]
        for job_id in jobs:
            client.wait(job_id)


def main() -> None:
    """Start a system, let it work for a minute or two, and write the pictures."""
    with tempfile.TemporaryDirectory() as name, watched_system(Path(name)) as (prometheus, client):
        started = time.time()
        work(client, Path(name), rounds=ROUNDS)
        time.sleep(REST_S)  # some rounds of Prometheus' own clock, so that rates fall again in the pictures
        for picture in write(prometheus, PICTURES, since_s=time.time() - started):
            sys.stdout.write(f"{picture}\n")


if __name__ == "__main__":
    main()
