"""Where `bulkpress compress` puts results: in place, to a stream, nowhere; and which it keeps."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.integration.test_cli_compress import BULKPRESS, LIMIT_S, compress, files_below, written
from tests.support.pdf_factory import images, pages


def piped(document: bytes, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    """Run the command with the document as its standard input."""
    command = [*BULKPRESS, "compress", *map(str, arguments)]
    return subprocess.run(command, input=document, capture_output=True, timeout=LIMIT_S, check=False)


def test_files_are_replaced_in_place_and_the_originals_stay_beside_them(tmp_path: Path) -> None:
    photo, small = images.photo_jpeg(), pages.uncompressed_text()
    source = written(tmp_path / "a" / "scan.pdf", photo)
    source.chmod(0o640)
    written(tmp_path / "a" / "b" / "text.pdf", small)
    done = compress(tmp_path / "a", "--in-place")
    assert done.returncode == 0, done.stderr
    assert files_below(tmp_path) == ["a/b/text.pdf", "a/b/text.pdf.orig", "a/scan.pdf", "a/scan.pdf.orig"]
    assert source.stat().st_size < len(photo) / 2
    assert (source.with_name("scan.pdf.orig").read_bytes(), source.stat().st_mode & 0o777) == (photo, 0o640)


def test_without_backup_nothing_stays_and_what_gains_nothing_is_not_touched(tmp_path: Path) -> None:
    source = written(tmp_path / "a.pdf", images.photo_jpeg())
    assert compress(source, "--in-place", "--no-backup").returncode == 0
    once, stamp = source.read_bytes(), source.stat().st_mtime_ns
    assert compress(source, "--in-place", "--no-backup", "--if-saves", "50%").returncode == 0
    assert (source.read_bytes(), source.stat().st_mtime_ns, files_below(tmp_path)) == (once, stamp, ["a.pdf"])


def test_a_backup_that_is_there_is_never_lost(tmp_path: Path) -> None:
    photo = images.photo_jpeg()
    source, backup = written(tmp_path / "a.pdf", photo), written(tmp_path / "a.pdf.orig", b"precious")
    done = compress(source, "--in-place", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["files"][0]["error"]["code"] == "backup_exists"
    assert (source.read_bytes(), backup.read_bytes(), len(files_below(tmp_path))) == (photo, b"precious", 2)


def test_a_link_still_leads_to_the_file_that_is_replaced(tmp_path: Path) -> None:
    photo = images.photo_jpeg()
    source = written(tmp_path / "real" / "a.pdf", photo)
    link = tmp_path / "link.pdf"
    link.symlink_to(source)
    assert compress(link, "--in-place").returncode == 0
    assert link.is_symlink()
    assert source.stat().st_size < len(photo)


def test_a_broken_file_is_left_as_it_is(tmp_path: Path) -> None:
    source = written(tmp_path / "a.pdf", b"%PDF-1.7 and nothing more")
    assert compress(source, "--in-place").returncode == 1
    assert (source.read_bytes(), files_below(tmp_path)) == (b"%PDF-1.7 and nothing more", ["a.pdf"])


def test_a_result_that_saves_less_than_asked_is_the_original(tmp_path: Path) -> None:
    photo = images.photo_jpeg()
    source = written(tmp_path / "a.pdf", photo)
    done = compress(source, "-o", tmp_path / "b.pdf", "--if-saves", "0.99", "--json")
    (row,) = json.loads(done.stdout)["files"]
    assert (done.returncode, row["state"], row["report"]["reason"]) == (0, "kept", "saves_too_little")
    assert (tmp_path / "b.pdf").read_bytes() == photo


def test_a_document_goes_from_stream_to_stream_and_the_table_to_standard_error() -> None:
    photo = images.photo_jpeg()
    done = piped(photo, "-", "-o", "-")
    assert (done.returncode, done.stdout[:5], b"1 compressed" in done.stderr) == (0, b"%PDF-", True)
    assert len(done.stdout) < len(photo) / 2


def test_of_a_broken_stream_nothing_is_written() -> None:
    done = piped(b"no document", "-", "-o", "-")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"not_a_pdf" in done.stderr


def test_a_result_is_not_written_to_a_terminal(tmp_path: Path) -> None:
    source = written(tmp_path / "a.pdf", pages.uncompressed_text())
    ours, theirs = pty.openpty()
    command = [*BULKPRESS, "compress", str(source), "-o", "-"]
    done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, timeout=LIMIT_S, check=False)
    os.close(ours)
    os.close(theirs)
    assert (done.returncode, b"redirect it" in done.stderr) == (2, True)


def test_a_dry_run_estimates_and_writes_nothing(tmp_path: Path) -> None:
    written(tmp_path / "in" / "a.pdf", images.photo_jpeg())
    done = compress(tmp_path / "in", "-o", tmp_path / "out", "--dry-run")
    assert done.returncode == 0
    assert "Estimated at medium" in done.stdout
    assert files_below(tmp_path) == ["in/a.pdf"]
    (told,) = json.loads(compress(tmp_path / "in", "--dry-run", "--json").stdout)["files"]
    assert told["audit"]["estimates"]["high"] < told["audit"]["bytes_in"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say where results go"),
        (("-o", "out", "--in-place"), "say where results go"),
        (("-o", "out", "--if-saves", "ten"), "no share"),
        (("-o", "out", "--if-saves", "100%"), "no share"),
        (("-o", "-", "--json"), "--report"),
        (("-", "-o", "-"), "one document"),
    ],
)
def test_what_is_unclear_is_wrong_usage(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    source = written(tmp_path / "a.pdf", pages.uncompressed_text())
    done = compress(source, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert files_below(tmp_path) == ["a.pdf"]
