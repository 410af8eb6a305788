"""How each file of a job ended: as CSV for spreadsheets (RFC 4180, UTF-8 with a BOM), as JSON for programs.

Both are made a file at a time, however many there are.
"""

import codecs
import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from bulkpress_core.domain.jobs import JobFile
from upload_gateway.views import FileView, JobSummaryView, saved_percent
from upload_gateway.wording import message_of

REPORT_NAME = "report.csv"
COLUMNS = ("number", "name", "entry", "state", "reason", "message", "bytes_in", "bytes_out", "saved_percent", "cached")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last in full width


def report_rows(files: Iterable[tuple[JobFile, str | None]]) -> Iterator[bytes]:
    """The whole report, a line at a time. Each file comes with the name of its entry in the ZIP, if it has one."""
    yield HEAD
    for file, entry in files:
        yield report_row(file, entry)


def report_row(file: JobFile, entry: str | None) -> bytes:
    """One file's line."""
    outcome = file.outcome
    bytes_out = outcome.bytes_out if outcome and outcome.has_result else None
    return _line(
        file.number,
        _harmless(file.name),
        _harmless(entry or ""),
        file.state.value,
        outcome.reason if outcome else "",
        _harmless(message_of(file)),
        "" if file.is_unseen else file.size_bytes,
        "" if bytes_out is None else bytes_out,
        "" if bytes_out is None else saved_percent(file.size_bytes, bytes_out),
        "yes" if outcome and outcome.cached else "",
    )


def report_json(job: JobSummaryView, files: Iterable[JobFile]) -> Iterator[bytes]:
    """The same as one JSON object: `job`, and the list `files`."""
    yield b'{"job":' + job.model_dump_json().encode() + b',"files":['
    comma = b""
    for file in files:
        yield comma + FileView.of(file).model_dump_json().encode()
        comma = b","
    yield b"]}"


def _harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _line(*cells: object) -> bytes:
    line = StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


HEAD = codecs.BOM_UTF8 + _line(*COLUMNS)  # without the BOM, spreadsheets take UTF-8 for the local code page
