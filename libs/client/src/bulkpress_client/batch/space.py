"""What fills files: a table for people, JSON for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bulkpress_client.batch.run import Failure, machine_failure, named_in_utf8
from bulkpress_client.words import in_bytes, printable, saved_share
from bulkpress_engine.audit.found import Audit
from bulkpress_engine.errors import EngineError
from bulkpress_engine.kinds import KIND_WORDS, Kind
from bulkpress_engine.options import PressOptions
from bulkpress_engine.report import MEANINGS
from bulkpress_engine.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Weighed:
    """What was found of one file."""

    source: Path
    outcome: Audit | Failure

    @property
    def failed(self) -> bool:
        """Whether nothing could be found out."""
        return isinstance(self.outcome, Failure)


def weighed(sandbox: Sandbox, source: Path, options: PressOptions) -> Weighed:
    """Audit one file. Raises SandboxError."""
    try:
        with named_in_utf8(source) as path:
            return Weighed(source, sandbox.audit(path, options))
    except EngineError as error:
        return Weighed(source, Failure(error.code, str(error)))
    except OSError as error:
        return Weighed(source, machine_failure(error, source))


def print_space(console: Console, rows: Sequence[Weighed]) -> None:
    """Print for each file what fills it and what levels would make of it."""
    for number, row in enumerate(rows):
        if number:
            console.print()
        if isinstance(row.outcome, Failure):
            console.print(f"{printable(str(row.source))}: failed ({row.outcome.code})", markup=False)
            console.print(printable(row.outcome.message), markup=False)
        else:
            _print_audit(console, row.source, row.outcome)


def _print_audit(console: Console, source: Path, audit: Audit) -> None:
    pages = f"{audit.pages} page{'' if audit.pages == 1 else 's'}"
    console.print(f"{printable(str(source))}: {in_bytes(audit.bytes_in)}, {pages}", markup=False, highlight=False)
    table = Table(box=None, pad_edge=False, show_edge=False, show_header=False)
    table.add_column(min_width=len("Estimated at medium"))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for kind, size in audit.composition.items():
        words = KIND_WORDS[Kind(kind)]
        table.add_row(words[0].upper() + words[1:], in_bytes(size), f"({_percent(size, audit.bytes_in)})")
    if audit.kept is None:
        for level, size in audit.estimates.items():
            saved = saved_share(audit.bytes_in, size)
            table.add_row(f"Estimated at {level}", f"about {in_bytes(size)}", f"({saved})")
    console.print(table, markup=False, highlight=False)
    if audit.kept is not None:
        console.print(f"At every level: {MEANINGS[audit.kept]}", markup=False)


def _percent(part: int, whole: int) -> str:
    share = 100 * part / max(1, whole)
    return "< 1 %" if 0 < share < 1 else f"{share:.0f} %"


def as_json(rows: Sequence[Weighed], version: str) -> str:
    """All that was found, a value per file in the order of the files."""
    files = [
        {"source": str(row.source)}
        | ({"error": asdict(row.outcome)} if isinstance(row.outcome, Failure) else {"audit": row.outcome.as_dict()})
        for row in rows
    ]
    return json.dumps({"bulkpress": version, "files": files}, indent=2)
