"""`bulkpress analyze` with the real engine in its sandbox: what fills files, and what levels would make of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bulkpress_engine.audit.found import Audit
from bulkpress_engine.errors import DamagedPdfError
from bulkpress_engine.sandbox import Sandbox
from tests.support.pdf_factory import images, pages, protection, signing

BULKPRESS = [str(Path(sys.executable).with_name("bulkpress"))]
LIMIT_S = 60


def analyze(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [*BULKPRESS, "analyze", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)


def test_people_read_what_fills_a_file_and_what_levels_make_of_it(tmp_path: Path) -> None:
    (tmp_path / "[red]a.pdf").write_bytes(images.photo_jpeg())
    done = analyze(tmp_path / "[red]a.pdf")
    assert done.returncode == 0
    assert "[red]a.pdf: " in done.stdout
    assert "JPEG images" in done.stdout
    assert [line.split()[2] for line in done.stdout.splitlines() if line.startswith("Estimated")] == [
        "low",
        "medium",
        "high",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["[red]a.pdf"]


def test_machines_read_the_same_and_a_bad_file_spoils_no_other(tmp_path: Path) -> None:
    documents = {
        "a.pdf": pages.text(),
        "b.pdf": b"Dear Sir",
        "c.pdf": protection.encrypted(),
        "d.pdf": signing.signed(),
    }
    for name, made in documents.items():
        (tmp_path / name).write_bytes(made)
    done = analyze("--json", *(tmp_path / name for name in documents))
    files = json.loads(done.stdout)["files"]
    assert done.returncode == 1
    assert [Path(one["source"]).name for one in files] == list(documents)
    assert [one.get("error", {}).get("code") for one in files] == [None, "not_a_pdf", "encrypted_pdf", None]
    assert [one["audit"]["kept"] for one in files if "audit" in one] == [None, "signed"]
    assert sum(files[0]["audit"]["composition"].values()) == len(documents["a.pdf"])


def test_a_kept_file_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(signing.signed())
    done = analyze(tmp_path / "a.pdf")
    assert "it is signed" in done.stdout
    assert "Estimated" not in done.stdout


def test_a_missing_file_is_wrong_usage(tmp_path: Path) -> None:
    assert analyze(tmp_path / "a.pdf").returncode == 2


def test_a_sandbox_audits_and_presses_in_turn(tmp_path: Path) -> None:
    source = tmp_path / "a.pdf"
    source.write_bytes(images.photo_jpeg())
    with Sandbox() as sandbox:
        audit = sandbox.audit(source)
        report = sandbox.press(source, tmp_path / "b.pdf")
        assert isinstance(audit, Audit)
        assert (audit.bytes_in, audit.pages) == (report.bytes_in, report.pages)
        assert abs(audit.estimates["medium"] - report.bytes_out) <= 0.1 * report.bytes_in
        source.write_bytes(b"%PDF-1.4 and nothing else")
        with pytest.raises(DamagedPdfError):
            sandbox.audit(source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "b.pdf"]
