"""What `make tools` has fetched: programs and published schemas, pinned in scripts/tools.sh."""

import os
import shutil
from pathlib import Path

from tests.support.valkey import missing_server

TOOLS = Path(__file__).resolve().parents[2] / ".tools"


def tool(name: str) -> str:
    """The program, from .tools or the PATH. Skips the test without it; fails it in CI."""
    found = shutil.which(name, path=os.pathsep.join((str(TOOLS / "bin"), os.environ.get("PATH", ""))))
    if found is None:
        missing_server(f"{name} is not installed: run `make tools`, which needs Go")
    return found


def tool_folder(module: str) -> Path:
    """The folder with the files of a Go module. Skips the test without it; fails it in CI."""
    folder = TOOLS / "modules" / module
    if not folder.is_dir():
        missing_server(f"the published files of {module} are not here: run `make tools`, which needs Go")
    return folder
