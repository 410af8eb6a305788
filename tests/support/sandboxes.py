"""What tests of the sandbox share: sources that make it misbehave, and a look at what is left behind."""

from pathlib import Path

import psutil


def source_that_says(folder: Path, deed: str) -> Path:
    """A source that makes the press do `deed`."""
    path = folder / "source.pdf"
    path.write_text(deed)
    return path


def names_in(folder: Path) -> list[str]:
    """What lies in `folder`, hidden things too."""
    return sorted(path.name for path in folder.iterdir())


def children() -> set[int]:
    """Ids of all processes below this one, zombies too."""
    return {process.pid for process in psutil.Process().children(recursive=True)}


def is_gone(pid: int) -> bool:
    """Whether no process with this id runs any more."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
