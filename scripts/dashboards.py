"""Write charts/bulkpress/files/dashboards/*.json, for Grafana; with --check, say whether they are in step.

A dashboard is rows of panels, each a question to Prometheus. Tests ask every one of them on a running system.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.made_pages import write_or_check

FOLDER = Path(__file__).resolve().parent.parent / "charts" / "bulkpress" / "files" / "dashboards"
COLUMNS, HEIGHT = 24, 8
SOURCE = {"type": "prometheus", "uid": "${source}"}
WINDOW = "$__rate_interval"


@dataclass(frozen=True, slots=True)
class Panel:
    """One question, or several in one picture: (expression, legend). `unit` is Grafana's name for it."""

    title: str
    questions: Sequence[tuple[str, str]]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8
    text: str = ""  # what it tells, for who looks closer


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Panels, from left to right and from top to bottom."""

    name: str
    title: str
    panels: Sequence[Panel]


def stat(title: str, question: str, unit: str = "short", text: str = "") -> Panel:
    """A single number."""
    return Panel(title, [(question, "")], unit, "stat", 4, text)


def rate(metric: str, by: str = "") -> str:
    """How much a counter grows in a second, by these labels."""
    return f"sum{f' by ({by})' if by else ''} (rate({metric}[{WINDOW}]))"


def quantile(share: float, histogram: str, by: str = "") -> str:
    """A quantile of a histogram."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({histogram}_bucket[{WINDOW}])))"


def quantiles(histogram: str) -> list[tuple[str, str]]:
    """The three that are looked at, as questions with their legends."""
    return [(quantile(share, histogram), f"p{share * 100:.0f}") for share in (0.5, 0.9, 0.99)]


SAVED = "sum(increase(bulkpress_bytes_in_total[$__range])) - sum(increase(bulkpress_bytes_out_total[$__range]))"
FAILED = 'bulkpress_files_total{state="failed"}'
ERRORS = 'bulkpress_gateway_requests_total{status=~"5.."}'

OVERVIEW = Dashboard(
    "overview",
    "Bulkpress / Overview",
    [
        stat("Files ended", "sum(increase(bulkpress_files_total[$__range]))"),
        stat("Saved", SAVED, "decbytes"),
        stat(
            "Saved, of what was pressed",
            f"({SAVED}) / sum(increase(bulkpress_bytes_in_total[$__range]))",
            "percentunit",
        ),
        stat(
            "Saved in a month's storage",
            f"({SAVED}) / 1e9 * $price_per_gb",
            "currencyUSD",
            "Bytes saved in the time shown, at the price of a gigabyte and month that is set above.",
        ),
        stat("Files that wait", "sum(bulkpress_lane_pending)"),
        stat("Last sweep", "time() - max(bulkpress_last_sweep_timestamp_seconds)", "s", "Over two minutes: alarm."),
        Panel("Files ended, by state", [(rate("bulkpress_files_total", "state"), "{{state}}")], "ops"),
        Panel("Files that wait, by lane", [("sum by (lane) (bulkpress_lane_pending)", "{{lane}}")]),
        Panel(
            "Bytes, before and after",
            [(rate("bulkpress_bytes_in_total"), "before"), (rate("bulkpress_bytes_out_total"), "after")],
            "Bps",
        ),
        Panel("Failures, by reason", [(rate(FAILED, "reason") + " or vector(0)", "{{reason}}")], "ops"),
        Panel("Requests, by status", [(rate("bulkpress_gateway_requests_total", "status"), "{{status}}")], "reqps"),
        Panel("Up", [('sum by (job) (up{job=~".*"})', "{{job}}")]),
    ],
)
LANES = Dashboard(
    "lanes",
    "Bulkpress / Lanes and autoscaling",
    [
        Panel("Files that wait", [("sum by (lane) (bulkpress_lane_pending)", "{{lane}}")], width=12),
        Panel("Files being pressed, or put off", [("sum by (lane) (bulkpress_lane_running)", "{{lane}}")], width=12),
        Panel(
            "Backlog: what autoscaling goes by",
            [("sum by (lane) (bulkpress_lane_pending + bulkpress_lane_running)", "{{lane}}")],
            width=12,
        ),
        Panel("Messages in the queue", [("sum by (lane) (bulkpress_lane_waiting_bells)", "{{lane}}")], width=12),
        Panel("Longest wait", [("max by (lane) (bulkpress_lane_oldest_seconds)", "{{lane}}")], "s"),
        Panel("Tenants that wait", [("sum by (lane) (bulkpress_lane_tenants_waiting)", "{{lane}}")]),
        Panel("Messages being worked on", [("sum by (lane) (bulkpress_lane_unacked)", "{{lane}}")]),
        Panel("Growth of the backlog", [("sum by (lane) (deriv(bulkpress_lane_pending[10m]))", "{{lane}}")], "ops"),
        Panel("Messages that sweeps sent", [(rate("bulkpress_bells_rung_total"), "bells")], "ops"),
        Panel("Jobs announced again", [(rate("bulkpress_jobs_reannounced_total"), "jobs")], "ops"),
    ],
)
WORKERS = Dashboard(
    "workers",
    "Bulkpress / Workers and engine",
    [
        Panel(
            "Time in the engine",
            quantiles("bulkpress_press_seconds"),
            "s",
        ),
        Panel("Files at once", [(rate("bulkpress_press_seconds_sum"), "engines busy")]),
        Panel(
            "What is left of a byte",
            [(f"{rate('bulkpress_bytes_out_total')} / {rate('bulkpress_bytes_in_total')}", "out / in")],
            "percentunit",
        ),
        Panel(
            "Decisions on objects",
            [(f"topk(12, {rate('bulkpress_decisions_total', 'decision')})", "{{decision}}")],
            "ops",
            width=12,
        ),
        Panel("Ends, by reason", [(rate("bulkpress_files_total", "state, reason"), "{{state}}: {{reason}}")], "ops"),
        Panel(
            "Celery's tasks",
            [(rate(f"celery_task_{end}_total"), end) for end in ("received", "succeeded", "failed", "retried")],
            "ops",
        ),
        Panel("Time of tasks, p90", [(quantile(0.9, "celery_task_runtime", "name"), "{{name}}")], "s"),
        Panel("Object store, p90", [(quantile(0.9, "bulkpress_store_seconds", "operation"), "{{operation}}")], "s"),
        Panel("Object store: failures", [(rate("bulkpress_store_errors_total", "operation"), "{{operation}}")], "ops"),
        Panel("Scans for viruses", [(rate("bulkpress_scan_seconds_count", "verdict"), "{{verdict}}")], "ops"),
        Panel("Memory", [("sum by (job, instance) (process_resident_memory_bytes)", "{{job}} {{instance}}")], "bytes"),
        Panel("Processor", [(rate("process_cpu_seconds_total", "job"), "{{job}}")]),
    ],
)
GATEWAY = Dashboard(
    "gateway",
    "Bulkpress / Gateway",
    [
        Panel("Requests, by route", [(rate("bulkpress_gateway_requests_total", "route"), "{{route}}")], "reqps"),
        Panel("Answers, by status", [(rate("bulkpress_gateway_requests_total", "status"), "{{status}}")], "reqps"),
        Panel(
            "Share of 5xx",
            [(f"({rate(ERRORS)} or vector(0)) / {rate('bulkpress_gateway_requests_total')}", "5xx")],
            "percentunit",
        ),
        Panel(
            "Time to answer",
            quantiles("bulkpress_gateway_request_seconds"),
            "s",
        ),
        Panel(
            "Time to answer, p90 by route",
            [(quantile(0.9, "bulkpress_gateway_request_seconds", "route"), "{{route}}")],
            "s",
        ),
        Panel("Uploaded", [(rate("bulkpress_gateway_uploaded_bytes_total"), "bytes")], "Bps"),
    ],
)
REFUSED = 'bulkpress_gateway_requests_total{status=~"401|403|413|429"}'
EACH_LANE = "sum by (lane) "
TENANTS = Dashboard(  # without their names, of which there may be any number: who it is, the gateway's log says
    "tenants",
    "Bulkpress / Tenants",
    [
        stat(
            "Tenants that wait", "sum(bulkpress_lane_tenants_waiting)", text="One that waits in two lanes counts twice."
        ),
        stat("Longest wait", "max(bulkpress_lane_oldest_seconds)", "s"),
        stat(
            "Files that wait for each",
            "sum(bulkpress_lane_pending) / clamp_min(sum(bulkpress_lane_tenants_waiting), 1)",
            text="On average. Much more than usual: one tenant has handed in a lot.",
        ),
        stat(
            "Refused",
            f"sum(increase({REFUSED}[$__range])) or vector(0)",
            text="Not known (401), not allowed (403), too large (413), over a limit (429).",
        ),
        Panel(
            "Tenants that wait, by lane",
            [("sum by (lane) (bulkpress_lane_tenants_waiting)", "{{lane}}")],
            width=12,
            text="Each gets a turn, whatever the others have handed in.",
        ),
        Panel(
            "Files that wait for each tenant",
            [
                (
                    f"{EACH_LANE}(bulkpress_lane_pending) / clamp_min({EACH_LANE}(bulkpress_lane_tenants_waiting), 1)",
                    "{{lane}}",
                )
            ],
            width=12,
        ),
        Panel("Longest wait, by lane", [("max by (lane) (bulkpress_lane_oldest_seconds)", "{{lane}}")], "s", width=12),
        Panel("Refused, by status", [(rate(REFUSED, "status") + " or vector(0)", "{{status}}")], "reqps", width=12),
    ],
)
RELIABILITY = Dashboard(
    "reliability",
    "Bulkpress / Reliability",
    [
        stat("Files set aside", "sum(increase(bulkpress_files_quarantined_total[$__range]))"),
        stat("Leases lost", "sum(increase(bulkpress_leases_lost_total[$__range]))"),
        stat("Files returned", "sum(increase(bulkpress_files_returned_total[$__range]))", text="Of workers that died."),
        stat("Webhooks due", "max(bulkpress_webhooks_due)"),
        Panel(
            "Attempts put off, by reason",
            [(rate("bulkpress_files_deferred_total", "reason") + " or vector(0)", "{{reason}}")],
            "ops",
            width=12,
        ),
        Panel("Files returned by sweeps", [(rate("bulkpress_files_returned_total"), "files")], "ops", width=12),
        Panel(
            "Error budget: share of 5xx",
            [
                ("bulkpress:gateway_errors:ratio_rate5m", "5 minutes"),
                ("bulkpress:gateway_errors:ratio_rate1h", "an hour"),
                ("bulkpress:gateway_errors:ratio_rate6h", "six hours"),
            ],
            "percentunit",
            width=12,
        ),
        Panel(
            "Error budget: share of files that end late",
            [
                ("bulkpress:late_files:ratio_rate5m", "5 minutes"),
                ("bulkpress:late_files:ratio_rate1h", "an hour"),
                ("bulkpress:late_files:ratio_rate6h", "six hours"),
            ],
            "percentunit",
            width=12,
        ),
        Panel(
            "From acceptance to the end, p99",
            [(quantile(0.99, "bulkpress_file_turnaround_seconds", "lane"), "{{lane}}")],
            "s",
            width=12,
        ),
        Panel(
            "Memory of the jobs' Redis",
            [
                ("max(bulkpress_redis_memory_bytes)", "used"),
                ("max(bulkpress_redis_memory_limit_bytes)", "limit; 0: none"),
            ],
            "bytes",
            width=12,
        ),
        Panel("Room for scratch", [("bulkpress_scratch_free_bytes", "{{job}} {{instance}}")], "bytes", width=12),
        Panel("Age of the last sweep", [("time() - max(bulkpress_last_sweep_timestamp_seconds)", "")], "s", width=12),
    ],
)
DASHBOARDS = (OVERVIEW, LANES, WORKERS, GATEWAY, TENANTS, RELIABILITY)


def placed(panels: Sequence[Panel]) -> list[dict[str, Any]]:
    """The panels as Grafana has them, each where there is room."""
    made, x, y = [], 0, 0
    for number, panel in enumerate(panels, start=1):
        if x + panel.width > COLUMNS:
            x, y = 0, y + HEIGHT
        made.append(
            {
                "id": number,
                "type": panel.kind,
                "title": panel.title,
                "description": panel.text,
                "gridPos": {"x": x, "y": y, "w": panel.width, "h": HEIGHT},
                "datasource": SOURCE,
                "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
                "targets": [
                    {"refId": chr(ord("A") + at), "expr": expression, "legendFormat": legend, "datasource": SOURCE}
                    for at, (expression, legend) in enumerate(panel.questions)
                ],
            }
        )
        x += panel.width
    return made


def as_grafana(dashboard: Dashboard) -> dict[str, Any]:
    """The dashboard as Grafana reads it, with its data source to choose, and the price of a gigabyte and month."""
    return {
        "uid": f"bulkpress-{dashboard.name}",
        "title": dashboard.title,
        "tags": ["bulkpress"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "links": [{"type": "dashboards", "tags": ["bulkpress"], "title": "Bulkpress", "asDropdown": True}],
        "templating": {
            "list": [
                {"name": "source", "type": "datasource", "query": "prometheus", "label": "Data source"},
                {"name": "price_per_gb", "type": "textbox", "query": "0.023", "label": "Price of a GB and month"},
            ]
        },
        "panels": placed(dashboard.panels),
    }


def written(dashboard: Dashboard) -> str:
    """The file's text."""
    return json.dumps(as_grafana(dashboard), indent=2) + "\n"


if __name__ == "__main__":
    made = {FOLDER / f"{dashboard.name}.json": written(dashboard) for dashboard in DASHBOARDS}
    sys.exit(write_or_check(made, command="make dashboards"))
