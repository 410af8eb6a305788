"""What is said of a batch: a table for people, JSON for machines."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from bulkpress_client.batch.run import Failure, Row
from bulkpress_client.words import in_bytes, printable, saved_share
from bulkpress_engine.options import PressOptions

ROWS_SHOWN = 100  # past that, a terminal is no place to read: failures are still shown, the rest is in the report


def print_table(console: Console, rows: Sequence[Row]) -> None:
    """Print a line per file and the totals."""
    shown = rows if len(rows) <= ROWS_SHOWN else [row for row in rows if row.state == "failed"][:ROWS_SHOWN]
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column("File", overflow="fold")
    for heading in ("Before", "After", "Saved"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("What happened", overflow="fold")
    for row in shown:
        after = "" if row.state == "failed" else in_bytes(row.bytes_out)
        saved = saved_share(row.bytes_in, row.bytes_out) if row.state == "done" else ""
        table.add_row(printable(row.work.name), in_bytes(row.bytes_in), after, saved, printable(_what_happened(row)))
    if shown:
        console.print(table, markup=False)
    if len(shown) < len(rows):
        console.print(f"... {len(rows) - len(shown)} more files; --report FILE.json lists them all", markup=False)
    console.print(totals_line(totals(rows)), markup=False)


def _what_happened(row: Row) -> str:
    if isinstance(row.outcome, Failure):
        return f"Failed ({row.outcome.code}): {row.outcome.message}"
    return row.outcome.message


def totals(rows: Sequence[Row]) -> dict[str, int]:
    """Counts by state, and bytes before and after of the files that have a result."""
    states = Counter(row.state for row in rows)
    good = [row for row in rows if row.state != "failed"]
    return {
        "files": len(rows),
        "done": states["done"],
        "kept": states["kept"],
        "failed": states["failed"],
        "bytes_in": sum(row.bytes_in for row in good),
        "bytes_out": sum(row.bytes_out for row in good),
    }


def totals_line(total: Mapping[str, int]) -> str:
    """One sentence, such as `3 files: 2 compressed, 1 kept, 0 failed; 1.2 MB -> 400 kB (-67 %)`."""
    sizes = f"{in_bytes(total['bytes_in'])} -> {in_bytes(total['bytes_out'])}"
    files = f"{total['files']} file{'' if total['files'] == 1 else 's'}"
    return (
        f"{files}: {total['done']} compressed, {total['kept']} kept, {total['failed']} failed; "
        f"{sizes} ({saved_share(total['bytes_in'], total['bytes_out'])})"
    )


def as_json(rows: Sequence[Row], options: PressOptions, version: str) -> str:
    """The whole batch: options (without the password), a row per file in the order of the inputs, totals."""
    asked = {name: value for name, value in options.as_dict().items() if name != "password"}
    whole = {"bulkpress": version, "options": asked, "files": [_as_dict(row) for row in rows], "totals": totals(rows)}
    return json.dumps(whole, indent=2) + "\n"  # in ASCII, so that names which are no UTF-8 come back as they were


def _as_dict(row: Row) -> dict[str, Any]:
    told = {"source": str(row.work.source), "target": str(row.work.target), "state": row.state}
    if isinstance(row.outcome, Failure):
        return {**told, "bytes_in": row.bytes_in, "error": asdict(row.outcome)}
    return {**told, "report": row.outcome.as_dict()}
