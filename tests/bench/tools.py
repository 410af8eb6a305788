"""The compressors that are compared: how each is run, and exactly which one it was."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import bulkpress_engine

GS = ("gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite")
BASELINE = "gs /ebook"  # what CPU time is given in proportion to


@dataclass(frozen=True, slots=True)
class Tool:
    """A program with its options. `{source}` and `{target}` in the command are replaced; it is run without a shell."""

    name: str
    command: tuple[str, ...]
    build: str  # its version, and for our own the state of the source, so that old measurements are told from new

    def command_for(self, source: Path, target: Path) -> list[str]:
        """The command line for one file."""
        return [word.format(source=source, target=target) for word in self.command]


def installed_tools() -> list[Tool]:
    """Our three levels, and what of the others is on the PATH."""
    tools = [
        Tool(f"bulkpress {level}", (*_bulkpress(), "{source}", "-o", "{target}", "--level", level), _our_build())
        for level in ("low", "medium", "high")
    ]
    if shutil.which("gs"):
        build = f"Ghostscript {_said('gs', '--version')}"
        tools += [
            Tool(f"gs /{preset}", (*GS, f"-dPDFSETTINGS=/{preset}", "-o", "{target}", "{source}"), build)
            for preset in ("printer", "ebook", "screen")
        ]
    if shutil.which("qpdf"):
        options = ("--warning-exit-0", "--object-streams=generate", "--recompress-flate", "--compression-level=9")
        tools.append(Tool("qpdf", ("qpdf", *options, "{source}", "{target}"), _said("qpdf", "--version")))
    return tools


def _bulkpress() -> Sequence[str]:
    return str(Path(sys.executable).with_name("bulkpress")), "compress", "--jobs", "1"


def _our_build() -> str:
    """The engine's version with a digest of its source: between two releases every change is another engine."""
    folder = Path(bulkpress_engine.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return f"bulkpress {version('bulkpress-engine')}+{digest.hexdigest()[:10]}"


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0].strip()
