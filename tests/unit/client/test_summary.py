"""What is said of a batch: a line for each file while that can be read, and every file in the report."""

import io
import json
from pathlib import Path

from rich.console import Console

from bulkpress_client.batch.layout import Work
from bulkpress_client.batch.run import Failure, Row
from bulkpress_client.batch.summary import ROWS_SHOWN, as_json, print_table, totals
from bulkpress_engine.options import PressOptions
from bulkpress_engine.report import PassReport, Reason, Report, Result

PRESSED = Report(Result.PRESSED, Reason.COMPRESSED, 1000, 400, 1, (PassReport("images", 1, 600, {"recoded": 1}),))
NOT_PROVEN = Report(Result.KEPT, Reason.NOT_PROVEN, 500, 500, fallbacks=("text: a word is gone",))
FAILED = Failure("not_a_pdf", "It has no header.")


def row(name: str, outcome: Report | Failure, bytes_in: int = 1000) -> Row:
    """A row for a file of that name."""
    return Row(Work(Path("in", name), Path("out", name), name), outcome, bytes_in)


def printed(rows: list[Row]) -> str:
    """The table as text."""
    console = Console(file=io.StringIO(), width=160)
    print_table(console, rows)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_file_that_failed_counts_for_no_bytes() -> None:
    rows = [row("a.pdf", PRESSED), row("b.pdf", NOT_PROVEN, 500), row("c.pdf", FAILED)]
    assert totals(rows) == {"files": 3, "done": 1, "kept": 1, "failed": 1, "bytes_in": 1500, "bytes_out": 900}


def test_each_file_has_a_line_with_sizes_and_what_happened() -> None:
    done, kept, failed, total = printed(
        [row("a.pdf", PRESSED), row("b.pdf", NOT_PROVEN, 500), row("c.pdf", FAILED)]
    ).splitlines()[1:]
    assert done.split() == ["a.pdf", "1", "kB", "400", "B", "-60", "%", *PRESSED.message.split()]
    assert NOT_PROVEN.message in kept
    assert "Failed (not_a_pdf): It has no header." in failed
    assert total == "3 files: 1 compressed, 1 kept, 1 failed; 1.5 kB -> 900 B (-40 %)"


def test_of_very_many_files_only_the_failed_are_listed() -> None:
    rows = [row(f"{number}.pdf", PRESSED) for number in range(ROWS_SHOWN)] + [row("bad.pdf", FAILED)]
    text = printed(rows)
    assert "bad.pdf" in text
    assert "7.pdf" not in text
    assert f"{ROWS_SHOWN} more files" in text


def test_the_report_holds_the_engines_whole_report_and_no_password() -> None:
    options = PressOptions(password="open sesame")
    told = json.loads(as_json([row("a.pdf", PRESSED), row("c.pdf", FAILED)], options, "1.2.3"))
    assert Report.from_dict(told["files"][0]["report"]) == PRESSED
    assert told["files"][1]["error"] == {"code": "not_a_pdf", "message": "It has no header."}
    assert (told["bulkpress"], told["options"]["level"], "password" in told["options"]) == ("1.2.3", "medium", False)
