"""`make demo`: from PDFs to smaller PDFs through the whole system, with and without one's own files."""

import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest

from scripts.check_locks import pins
from tests.architecture.test_boundaries import link_distribution
from tests.e2e.test_local_stack import environment
from tests.support.pdf_factory import images, pages

REPOSITORY = Path(__file__).resolve().parents[2]
LIMIT_S = 150


def demo(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the demo as `make demo` does, from another folder."""
    command = [sys.executable, str(REPOSITORY / "scripts" / "demo.py"), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env=environment(), timeout=LIMIT_S, check=False
    )


def test_the_demo_presses_its_samples_writes_them_and_says_what_it_saved(tmp_path: Path) -> None:
    done = demo(tmp_path)
    assert done.returncode == 0, done.stderr
    results = sorted((tmp_path / "out").glob("*.pdf"))
    assert len(results) == 8
    assert all(len(pypdfium2.PdfDocument(path)) for path in results)
    assert all(path.name in done.stdout for path in results)
    assert "8 files: " in done.stdout
    assert " 0 failed" in done.stdout


def test_the_demo_takes_ones_own_files_and_says_which_failed(tmp_path: Path) -> None:
    (tmp_path / "photo.pdf").write_bytes(images.photo_jpeg(600, 450))
    (tmp_path / "same name.pdf").write_bytes(pages.uncompressed_text())
    (tmp_path / "letter.pdf").write_bytes(b"Dear Sir or Madam")
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "photo.pdf").write_bytes(b"of a former run")
    done = demo(tmp_path, "--out", "results", "--level", "high", "photo.pdf", "same name.pdf", "letter.pdf")
    assert done.returncode == 1, done.stderr
    found = {path.name: path.stat().st_size for path in (tmp_path / "results").glob("*.pdf")}
    assert found.keys() == {"photo.pdf", "same name.pdf"}
    assert all(size < (tmp_path / name).stat().st_size for name, size in found.items())
    assert "1 failed" in done.stdout


def test_the_demo_needs_no_package_that_make_setup_does_not_install(tmp_path: Path) -> None:
    for name in pins("local"):
        link_distribution(name, tmp_path)
    sources = [str(path) for path in (*REPOSITORY.glob("libs/*/src"), REPOSITORY)]
    program = f"import sys; sys.path += {[*sources, str(tmp_path)]!r}; import scripts.demo"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "arguments", [["missing.pdf"], ["--level", "extreme"], ["--out", "a-file"], ["--out", "/dev/null/out"]]
)
def test_wrong_usage_is_named_before_anything_starts(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "a-file").touch()
    done = demo(tmp_path, *arguments)
    assert done.returncode == 2
    assert arguments[-1] in done.stderr
    assert "Starting" not in done.stdout
