"""The benchmark measures what it says: otherwise its table is worth nothing."""

import io
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from click.testing import CliRunner
from pikepdf import Name, Pdf

from bulkpress_client.local.run_record import wait_until
from tests.bench import engine, inventory
from tests.bench.fidelity import compare, ink_ssim, sampled
from tests.bench.plots import draw
from tests.bench.results import Measurement, Results
from tests.bench.running import run
from tests.bench.table import comparable, tables
from tests.bench.tools import installed_tools
from tests.support.pdf_factory import colours, features, images, pages, signing

ONE = Measurement(
    tool="gs /ebook",
    build="1",
    category="photo",
    file="photo/a.pdf",
    bytes_in=1000,
    readable=True,
    exit_code=0,
    timed_out=False,
    cpu_s=2.0,
    peak_rss_bytes=2**20,
    said="",
    bytes_out=500,
    ink_ssim=0.9,
    worst_page=0.8,
    text=1.0,
)


def written(path: Path, made: bytes) -> Path:
    """The file, with these bytes."""
    path.write_bytes(made)
    return path


def without(made: bytes, key: Name) -> bytes:
    """The document without one entry of its catalogue, and without annotations."""
    out = io.BytesIO()
    with Pdf.open(io.BytesIO(made)) as pdf:
        del pdf.Root[key]
        for page in pdf.pages:
            if Name.Annots in page.obj:
                del page.obj[Name.Annots]
        pdf.save(out)
    return out.getvalue()


def cells(table: str, tool: str) -> list[str]:
    """The cells of the tool's first row."""
    line = next(line for line in table.splitlines() if line.startswith(f"| {tool} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def ended(pid: int) -> bool:
    """Whether the process is gone, or at least only waits for its parent to take notice."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_the_cost_of_a_command_is_its_own_and_not_the_measurers() -> None:
    ballast = np.ones(2**26, dtype=np.uint8)  # 64 MiB that a fork of this process would begin with
    cost = run([sys.executable, "-S", "-c", "sum(range(3_000_000))"], limit_s=60)
    assert (cost.exit_code, cost.timed_out) == (0, False)
    assert cost.cpu_s > 0
    assert cost.peak_rss_bytes < ballast.nbytes


def test_a_command_over_its_limit_is_killed_with_its_children() -> None:
    cost = run(["sh", "-c", "sleep 600 & echo $!; wait"], limit_s=2)
    assert cost.timed_out
    assert wait_until(lambda: ended(int(cost.said)), time.monotonic() + 10)


def test_a_failing_command_is_told_with_its_last_words() -> None:
    cost = run([sys.executable, "-c", "import sys; sys.exit('no such thing')"], limit_s=60)
    assert (cost.exit_code, cost.said) == (1, "no such thing")


def test_a_document_is_equal_to_itself_and_less_so_to_a_coarser_one(tmp_path: Path) -> None:
    fine = written(tmp_path / "fine.pdf", images.photo_jpeg(600, 450, quality=95))
    coarse = written(tmp_path / "coarse.pdf", images.photo_jpeg(600, 450, quality=10))
    assert compare(fine, fine).ink_ssim == pytest.approx(1.0)
    assert compare(fine, coarse).worst_page < 0.99


def test_another_number_of_pages_or_another_size_is_no_likeness(tmp_path: Path) -> None:
    one, two = (written(tmp_path / f"{count}.pdf", pages.text(count)) for count in (1, 2))
    assert compare(two, one).ink_ssim == 0.0
    assert ink_ssim(np.zeros((100, 100)), np.zeros((100, 103))) == 0.0


def test_words_that_are_gone_are_missed(tmp_path: Path) -> None:
    text = written(tmp_path / "text.pdf", pages.text())
    picture = written(tmp_path / "picture.pdf", pages.many_pages(1))
    assert compare(text, text).text == 1.0
    assert compare(text, picture).text < 0.1


def test_white_paper_does_not_dilute_what_happens_to_the_ink() -> None:
    page = np.full((200, 200), 255.0)
    page[90:110, 90:110] = 0
    blurred = page.copy()
    blurred[85:115, 85:115] = 200
    assert ink_ssim(page, blurred) < 0.5


def test_long_documents_are_sampled_from_first_to_last_page() -> None:
    assert sampled(5) == [0, 1, 2, 3, 4]
    assert (sampled(500)[0], sampled(500)[-1], len(sampled(500))) == (0, 499, 8)


@pytest.mark.parametrize(
    ("made", "key", "name"),
    [
        (features.form(), Name.AcroForm, "fields"),
        (features.outline(), Name.Outlines, "outline items"),
        (features.tagged(), Name.StructTreeRoot, "tags"),
        (features.attachments(), Name.Names, "attachments"),
        (features.page_labels(), Name.PageLabels, "page labels"),
        (features.layers(), Name.OCProperties, "layers"),
        (features.pdfa_claim(), Name.Metadata, "PDF/A claim"),
    ],
)
def test_what_a_document_lost_is_named(tmp_path: Path, made: bytes, key: Name, name: str) -> None:
    before, after = written(tmp_path / "a.pdf", made), written(tmp_path / "b.pdf", without(made, key))
    assert inventory.lost(before, before) == []
    assert inventory.lost(before, after) == [name]


def test_a_signature_that_is_there_but_no_longer_valid_is_lost(tmp_path: Path) -> None:
    before = written(tmp_path / "a.pdf", signing.signed())
    with Pdf.open(before) as pdf:
        pdf.save(tmp_path / "b.pdf")
    assert inventory.lost(before, tmp_path / "b.pdf") == ["signatures"]
    assert inventory.lost(before, written(tmp_path / "c.pdf", before.read_bytes())) == []


def test_results_survive_and_are_asked_for_by_build(tmp_path: Path) -> None:
    Results(tmp_path / "r.jsonl").add(ONE)
    again = Results(tmp_path / "r.jsonl")
    assert again.has(ONE.key)
    assert not again.has(replace(ONE, build="2").key)
    assert again.of([("gs /ebook", "1")]) == [ONE]


def test_only_files_that_every_tool_was_measured_on_are_compared() -> None:
    ours = replace(ONE, tool="bulkpress low")
    alone = replace(ours, file="photo/b.pdf")
    assert comparable([ONE, ours, alone], ["gs /ebook", "bulkpress low"]) == [ONE, ours]


def test_a_row_says_what_was_measured() -> None:
    failed = replace(ONE, file="photo/b.pdf", bytes_in=3000, bytes_out=None, ink_ssim=None, worst_page=None, text=None)
    ours = replace(ONE, tool="bulkpress low", cpu_s=3.0, bytes_out=1100, lost=["links"], text=0.5)
    row = cells(tables([ONE, failed], ["gs /ebook"]), "gs /ebook")
    assert row[1:] == ["0.875", "0.707", "0.9000", "0.800", "0", "0", "0", "1", "1.00", "1", "1"]
    row = cells(tables([ONE, ours], ["bulkpress low", "gs /ebook"]), "bulkpress low")
    assert row[1:] == ["1.100", "1.100", "0.9000", "0.800", "1", "1", "1", "0", "1.50", "1", "1"]


def test_levels_are_held_against_those_that_people_use_for_the_same() -> None:
    ours = replace(ONE, tool="bulkpress medium", bytes_out=300, ink_ssim=0.95, worst_page=0.9, cpu_s=3.0)
    made = tables([ONE, ours, replace(ONE, tool="qpdf")], ["bulkpress medium", "gs /ebook", "qpdf"])
    duel = cells(made, "bulkpress medium : gs /ebook")
    assert duel[1:] == ["40.0%", "0.9500 : 0.9000", "0.900 : 0.800", "0 : 0", "1.50"]
    assert "bulkpress medium : PyMuPDF" not in made


def test_what_a_press_costs_in_a_warm_process_is_its_childs_cost_alone(tmp_path: Path) -> None:
    warm = next(tool for tool in installed_tools() if tool.name == "bulkpress medium, warm")
    source = written(tmp_path / "a.pdf", images.photo_jpeg(600, 450, quality=95))
    one = engine.measure(warm, source, file="photo/a.pdf", limit_s=60)
    whole = run(warm.command_for(source, tmp_path / "out.pdf"), limit_s=60)
    assert one.bytes_out is not None
    assert one.bytes_out < one.bytes_in
    assert 0 < one.cpu_s < whole.cpu_s


def test_the_picture_shows_every_tool_and_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        draw([ONE, replace(ONE, tool="bulkpress low")], tmp_path / name)
    text = (tmp_path / "a.svg").read_text()
    assert "gs /ebook" in text
    assert "bulkpress low" in text
    assert text == (tmp_path / "b.svg").read_text()


def test_without_the_baseline_nothing_is_said_of_cpu_in_proportion_to_it() -> None:
    assert cells(tables([replace(ONE, tool="qpdf")], ["qpdf"]), "qpdf")[9] == "-"


def test_a_run_measures_once_and_writes_its_table_between_the_markers(tmp_path: Path) -> None:
    (tmp_path / "corpus" / "photo").mkdir(parents=True)
    written(tmp_path / "corpus" / "photo" / "a.pdf", colours.cmyk_flate())
    written(tmp_path / "corpus" / "photo" / "bad.pdf", b"Dear Sir or Madam")
    page = tmp_path / "page.md"
    page.write_text("# Before\n\n<!-- bench-engine: begin -->\nof yesterday\n<!-- bench-engine: end -->\n\nAfter\n")
    arguments = [str(tmp_path / "corpus"), "--tool", "bulkpress medium", "--docs", str(page)]
    arguments += ["--results", str(tmp_path / "r.jsonl")]
    first, second = (CliRunner().invoke(engine.main, arguments) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert len((tmp_path / "r.jsonl").read_text().splitlines()) == 2
    text = page.read_text()
    assert (text.startswith("# Before\n"), text.endswith("After\n")) == (True, True)
    assert "of yesterday" not in text
    assert float(cells(text, "bulkpress medium")[1]) < 1
    assert "no reader opens without a password: 1 file\n" in text


@pytest.mark.parametrize("arguments", [[], ["missing"], ["."]])
def test_a_corpus_that_is_missing_or_empty_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(engine.main, arguments)
    assert done.exit_code == 2
    assert "CORPUS" in done.output or "nothing to compare" in done.output
