"""The compressors that are compared: how each is run, and exactly which one it was."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import bulkpress_engine
from bulkpress_engine.sandbox.sandbox import FIXED

GS = ("gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite")
BASELINE = "gs /ebook"  # what CPU time is given in proportion to
LEVELS = ("low", "medium", "high")
PYMUPDF = "BENCH_PYMUPDF"  # environment variable: a Python that has it, for it must not be installed beside the project
PYMUPDF_SETTINGS = ((150, 75), (100, 55))  # dpi and JPEG quality: what our medium and high are held against


@dataclass(frozen=True, slots=True)
class Tool:
    """A program with its options. `{source}` and `{target}` in the command are replaced; it is run without a shell."""

    name: str
    command: tuple[str, ...]
    build: str  # its version, and for our own the state of the source, so that old measurements are told from new
    says_its_cost: bool = False  # in its last line, as JSON: what the command cost besides is not the tool's

    def command_for(self, source: Path, target: Path) -> list[str]:
        """The command line for one file."""
        return [word.format(source=source, target=target) for word in self.command]


def installed_tools() -> list[Tool]:
    """Our levels, cold and warm, and what of the others is on the PATH."""
    return [*_ours(), *_ghostscript(), *_pymupdf(), *_ocrmypdf(), *_qpdf(), *_mutool()]


def _ours() -> Iterator[Tool]:
    command = (
        str(Path(sys.executable).with_name("bulkpress")),
        "compress",
        "--jobs",
        "1",
        "{source}",
        "-o",
        "{target}",
    )
    as_in_sandbox = (f"{name}={value}" for name, value in FIXED.items())
    warm = ("env", *as_in_sandbox, sys.executable, "-m", "tests.bench.warm_press")
    build = engine_build()
    for level in LEVELS:
        yield Tool(f"bulkpress {level}", (*command, "--level", level), build)
    for name, without in (("warm", "-"), ("warm, no MRC", "layers")):
        yield Tool(
            f"bulkpress medium, {name}", (*warm, "medium", without, "{source}", "{target}"), build, says_its_cost=True
        )


def _ghostscript() -> Iterator[Tool]:
    if shutil.which("gs"):
        for preset in ("printer", "ebook", "screen"):
            command = (*GS, f"-dPDFSETTINGS=/{preset}", "-o", "{target}", "{source}")
            yield Tool(f"gs /{preset}", command, f"Ghostscript {_said('gs', '--version')}")


def _pymupdf() -> Iterator[Tool]:
    python = os.environ.get(PYMUPDF)
    if python:
        build = f"PyMuPDF {_said(python, '-c', 'import pymupdf; print(pymupdf.VersionBind)')}"
        script = str(Path(__file__).with_name("with_pymupdf.py"))
        for dpi, quality in PYMUPDF_SETTINGS:
            yield Tool(
                f"PyMuPDF {dpi}/{quality}", (python, script, str(dpi), str(quality), "{source}", "{target}"), build
            )


def _ocrmypdf() -> Iterator[Tool]:
    """OCRmyPDF for its optimiser alone: no text is recognised, and no page is drawn anew."""
    if shutil.which("ocrmypdf"):
        options = ("-O3", "--skip-text", "--tesseract-timeout", "0", "--output-type", "pdf", "--jobs", "1", "--quiet")
        build = f"OCRmyPDF {_said('ocrmypdf', '--version')}"
        yield Tool("OCRmyPDF -O3", ("ocrmypdf", *options, "{source}", "{target}"), build)


def _qpdf() -> Iterator[Tool]:
    if shutil.which("qpdf"):
        options = ("--warning-exit-0", "--object-streams=generate", "--recompress-flate", "--compression-level=9")
        yield Tool("qpdf", ("qpdf", *options, "{source}", "{target}"), _said("qpdf", "--version"))


def _mutool() -> Iterator[Tool]:
    if shutil.which("mutool"):
        yield Tool("mutool clean", ("mutool", "clean", "-gggz", "{source}", "{target}"), _said("mutool", "-v"))


def engine_build() -> str:
    """The engine's version with a digest of its source: between two releases every change is another engine."""
    folder = Path(bulkpress_engine.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return f"bulkpress {version('bulkpress-engine')}+{digest.hexdigest()[:10]}"


def _said(*command: str) -> str:
    """The first line that the command prints; mutool prints its version to stderr."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return (done.stdout or done.stderr).splitlines()[0].strip()
