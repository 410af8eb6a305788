"""Files that are made from the code: written anew, or with --check compared with what is there."""

import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def write_or_check(texts: Mapping[Path, str], *, command: str) -> int:
    """Write the files; with --check on the command line, compare them and say which are out of step.

    Returns the exit code. `command` is what writes them, for who has to run it.
    """
    if "--check" not in sys.argv[1:]:
        for path, text in texts.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} is out of step with the code: run `{command}`")
    return 1 if stale else 0
