"""`bulkpress compress` with the real engine: every file has a result or a reason, and nothing is half written."""

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from pikepdf import Name, Pdf

from bulkpress_client.local.run_record import wait_until
from tests.support.pdf_factory import archival, features, images, pages, protection, telling

BULKPRESS = [str(Path(sys.executable).with_name("bulkpress"))]
LIMIT_S = 60


def compress(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [*BULKPRESS, "compress", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, cwd=cwd, check=False)


def written(path: Path, made: bytes) -> Path:
    """Write the file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made)
    return path


def files_below(folder: Path) -> list[str]:
    """Every file in the folder, hidden ones too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def read_report(path: Path) -> dict[str, Any]:
    """The report as JSON."""
    made: dict[str, Any] = json.loads(path.read_text())
    return made


def test_one_file_becomes_a_smaller_one_that_opens(tmp_path: Path) -> None:
    source = written(tmp_path / "a.pdf", images.photo_jpeg())
    done = compress(source, "-o", tmp_path / "b.pdf")
    assert (done.returncode, files_below(tmp_path)) == (0, ["a.pdf", "b.pdf"])
    assert (tmp_path / "b.pdf").stat().st_size < source.stat().st_size / 2
    assert len(pypdfium2.PdfDocument(tmp_path / "b.pdf")) == 1


def test_a_folder_keeps_its_tree_and_the_report_has_every_file_and_the_totals(tmp_path: Path) -> None:
    written(tmp_path / "in" / "a.pdf", pages.uncompressed_text())
    written(tmp_path / "in" / "deep" / "b.pdf", features.private_data())
    done = compress(tmp_path / "in", "-o", tmp_path / "out", "--report", tmp_path / "r.json", "--jobs", 2)
    report = read_report(tmp_path / "r.json")
    assert (done.returncode, files_below(tmp_path / "out")) == (0, ["a.pdf", "deep/b.pdf"])
    assert [Path(row["source"]).name for row in report["files"]] == ["a.pdf", "b.pdf"]
    sizes = [(tmp_path / "out" / name).stat().st_size for name in ("a.pdf", "deep/b.pdf")]
    assert [row["report"]["bytes_out"] for row in report["files"]] == sizes
    assert (report["totals"]["done"], report["totals"]["bytes_out"]) == (2, sum(sizes))


def test_a_file_that_gains_nothing_is_kept_byte_for_byte(tmp_path: Path) -> None:
    first, second = tmp_path / "pressed.pdf", tmp_path / "again.pdf"
    compress(written(tmp_path / "a.pdf", images.photo_jpeg(300, 200)), "-o", first)
    done = compress(first, "-o", second)
    assert (done.returncode, second.read_bytes()) == (0, first.read_bytes())
    assert "kept" in done.stdout


def test_a_bad_file_fails_by_its_code_and_the_others_are_done(tmp_path: Path) -> None:
    bad = {"empty.pdf": b"", "text.pdf": b"Dear Sir or Madam", "locked.pdf": protection.encrypted()}
    for name, made in {**bad, "good.pdf": pages.uncompressed_text()}.items():
        written(tmp_path / "in" / name, made)
    done = compress(tmp_path / "in", "-o", tmp_path / "out", "--report", tmp_path / "r.json")
    report = read_report(tmp_path / "r.json")
    codes = {Path(row["source"]).name: row.get("error", {}).get("code") for row in report["files"]}
    assert (done.returncode, files_below(tmp_path / "out")) == (1, ["good.pdf"])
    assert codes == {
        "empty.pdf": "empty_file",
        "text.pdf": "not_a_pdf",
        "locked.pdf": "encrypted_pdf",
        "good.pdf": None,
    }
    assert all(code in done.stdout for code in codes.values() if code)


def test_a_result_that_cannot_be_written_fails_alone(tmp_path: Path) -> None:
    written(tmp_path / "in" / "a.pdf", pages.uncompressed_text())
    written(tmp_path / "in" / "deep" / "b.pdf", pages.uncompressed_text())
    written(tmp_path / "out" / "deep", b"a file where a folder is needed")
    done = compress(tmp_path / "in", "-o", tmp_path / "out")
    assert (done.returncode, files_below(tmp_path / "out")) == (1, ["a.pdf", "deep"])
    assert "machine_error" in done.stdout


def test_a_password_opens_a_locked_file_and_is_told_to_nobody(tmp_path: Path) -> None:
    source = written(tmp_path / "a.pdf", protection.encrypted())
    report_path = tmp_path / "r.json"
    password = protection.USER_PASSWORD
    done = compress(source, "-o", tmp_path / "b.pdf", "--password", password, "--report", report_path)
    assert done.returncode == 0
    assert password not in report_path.read_text() + done.stdout + done.stderr
    assert len(pypdfium2.PdfDocument(tmp_path / "b.pdf", password=password)) == 1


def test_higher_levels_and_lower_quality_make_smaller_files(tmp_path: Path) -> None:
    source = written(tmp_path / "a.pdf", images.photo_jpeg())
    asked = {"low": ["--level", "low"], "high": ["--level", "high"], "q5": ["--level", "high", "--image-quality", "5"]}
    for name, options in asked.items():
        assert compress(source, "-o", tmp_path / f"{name}.pdf", *options).returncode == 0
    low, high, q5 = ((tmp_path / f"{name}.pdf").stat().st_size for name in asked)
    assert low > high > q5


def test_a_step_that_is_left_out_leaves_what_it_would_have_changed(tmp_path: Path) -> None:
    (tmp_path / "photo.pdf").write_bytes(images.photo_jpeg(600, 450, quality=95))
    sizes = []
    for extra in ([], ["--without", "pixels"]):
        assert compress(tmp_path / "photo.pdf", "-o", tmp_path / "out.pdf", *extra).returncode == 0
        sizes.append((tmp_path / "out.pdf").stat().st_size)
    assert sizes[0] < sizes[1]


def test_a_target_size_is_met_or_the_closest_is_given_with_what_fills_it(tmp_path: Path) -> None:
    source = written(tmp_path / "a.pdf", images.photo_jpeg())
    wanted = source.stat().st_size // 3
    met = compress(source, "-o", tmp_path / "b.pdf", "--target-size", wanted, "--report", tmp_path / "met.json")
    missed = compress(source, "-o", tmp_path / "c.pdf", "--target-size", "0.1kB", "--report", tmp_path / "missed.json")
    made = [read_report(tmp_path / name)["files"][0]["report"]["target"] for name in ("met.json", "missed.json")]
    assert (met.returncode, missed.returncode) == (0, 0)
    assert [one["outcome"] for one in made] == ["met", "closest"]
    assert (tmp_path / "c.pdf").stat().st_size < (tmp_path / "b.pdf").stat().st_size <= wanted
    assert "closest to the target" in missed.stdout


def test_images_are_brought_to_the_resolution_that_is_asked(tmp_path: Path) -> None:
    source = written(tmp_path / "a.pdf", images.photo_jpeg())
    for dpi in (60, 120):
        compress(source, "-o", tmp_path / f"{dpi}.pdf", "--max-image-dpi", dpi)
    assert (tmp_path / "60.pdf").stat().st_size < 0.6 * (tmp_path / "120.pdf").stat().st_size


def test_what_its_owner_alone_may_read_stays_so(tmp_path: Path) -> None:
    source = written(tmp_path / "a.pdf", pages.uncompressed_text())
    source.chmod(0o600)
    compress(source, "-o", tmp_path / "b.pdf")
    assert (tmp_path / "b.pdf").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.pdf", "-o", "out"], "missing.pdf"),
        (["a.pdf"], "--out"),
        (["a.pdf", "-o", "a.pdf"], "would be overwritten"),
        (["empty", "-o", "out"], "no PDF was found"),
        (["a.pdf", "-o", "out", "--level", "extreme"], "extreme"),
        (["a.pdf", "-o", "out", "--image-quality", "0"], "1<=x<=100"),
        (["a.pdf", "-o", "out", "--target-size", "ten"], "write it like"),
        (["a.pdf", "-o", "out", "--target-size", "0MB"], "less than a byte"),
        (["a.pdf", "-o", "out", "--target-size", "1MB", "--level", "high"], "leave out --level"),
        (["a.pdf", "-o", "out", "--target-size", "1MB", "--image-quality", "50"], "leave out --level"),
        (["a.pdf", "-o", "out", "--level", "low", "--max-image-dpi", "100"], "changes nothing that can be seen"),
    ],
)
def test_wrong_usage_is_named_and_exits_with_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    written(tmp_path / "a.pdf", pages.text())
    (tmp_path / "empty").mkdir()
    done = compress(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert files_below(tmp_path) == ["a.pdf"]


def test_a_name_that_is_no_text_is_pressed_reported_exactly_and_shown_harmlessly(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\x1b[2J.pdf")
    written(tmp_path / "in" / name, pages.uncompressed_text())
    done = compress(tmp_path / "in", "-o", tmp_path / "out", "--report", tmp_path / "r.json")
    assert (done.returncode, files_below(tmp_path / "out")) == (0, [name])
    assert read_report(tmp_path / "r.json")["files"][0]["target"] == str(tmp_path / "out" / name)
    assert "\x1b" not in done.stdout


def test_names_with_brackets_and_capitals_are_shown_as_they_are(tmp_path: Path) -> None:
    names = ["[red]bill[/red].pdf", "Rechnung ü, 1.PDF"]
    for name in names:
        written(tmp_path / "in" / name, pages.uncompressed_text())
    done = compress(tmp_path / "in", "-o", tmp_path / "out")
    assert done.returncode == 0
    assert all(name in done.stdout for name in names)


def test_ctrl_c_ends_every_press_and_leaves_no_partial_file(tmp_path: Path) -> None:
    heavy = images.photo_flate(1600, 1200)
    for number in range(40):
        written(tmp_path / "in" / f"{number:02}.pdf", heavy if number else pages.text())
    running = subprocess.Popen(
        [*BULKPRESS, "compress", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--jobs", "2"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    begun = wait_until(lambda: any((tmp_path / "out").glob("*.pdf")), time.monotonic() + LIMIT_S)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to the whole group
    _, said = running.communicate(timeout=LIMIT_S)
    assert (begun, running.returncode) == (True, 130)
    assert "Stopped" in said
    left = files_below(tmp_path / "out")
    assert 0 < len(left) < 40
    assert all(len(pypdfium2.PdfDocument(tmp_path / "out" / name)) for name in left)


def test_a_terminal_gets_a_progress_bar_and_a_pipe_gets_none(tmp_path: Path) -> None:
    source = written(tmp_path / "a.pdf", pages.uncompressed_text())
    piped = compress(source, "-o", tmp_path / "b.pdf")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    command = [*BULKPRESS, "compress", str(source), "-o", str(tmp_path / "c.pdf")]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=theirs, timeout=LIMIT_S, check=True)
    os.close(theirs)
    shown = os.read(ours, 65536).decode(errors="replace")  # the end of the buffer may part a letter
    os.close(ours)
    assert "Compressing" in shown
    assert piped.stderr == ""


def test_the_command_starts_without_what_only_other_commands_need() -> None:
    program = "import sys, bulkpress_client.cli.compress; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert {"httpx", "psutil", "celery", "numpy", "pikepdf"}.isdisjoint(loaded)


def test_the_version_is_told() -> None:
    said = subprocess.run([*BULKPRESS, "--version"], capture_output=True, text=True, check=True).stdout
    assert said.startswith("bulkpress, version ")


def test_metadata_is_stripped_and_pdfa_is_refused_where_that_is_asked_for(tmp_path: Path) -> None:
    written(tmp_path / "in" / "a.pdf", telling.telling())
    written(tmp_path / "in" / "kept.pdf", archival.pdfa(2))
    out = tmp_path / "out"
    done = compress(tmp_path / "in", "-o", out, "--strip-metadata", "--pdfa", "refuse")
    assert (done.returncode, files_below(out)) == (1, ["a.pdf"])
    assert "archival_pdf" in done.stdout
    assert telling.AUTHOR not in (out / "a.pdf").read_bytes()


def test_everything_turns_gray_where_that_is_asked_for(tmp_path: Path) -> None:
    source = written(tmp_path / "in" / "a.pdf", images.photo_jpeg())
    out = tmp_path / "out"
    assert compress(source, "-o", out / "a.pdf", "--grayscale").returncode == 0
    with Pdf.open(out / "a.pdf") as pdf:
        assert {image.ColorSpace for page in pdf.pages for image in page.get_images().values()} == {Name.DeviceGray}
    refused = compress(source, "-o", out / "b.pdf", "--grayscale", "--without", "content")
    assert (refused.returncode, "--without content" in " ".join(refused.stderr.split())) == (2, True)
