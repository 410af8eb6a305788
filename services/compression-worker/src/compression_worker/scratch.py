"""Folders for the files being pressed: private, one per file, gone when it is, also after a crash."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

PREFIX = "bulkpress-"  # then the id of the process it belongs to, so that leftovers of dead ones can be told


class Scratch:
    """Makes folders in `root`, which several workers of one machine may share."""

    def __init__(self, root: Path | None) -> None:
        self.root = root or Path(tempfile.gettempdir())
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def make(self) -> Path:
        """A new folder that only this user can enter, for this process to remove."""
        return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=self.root))

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A folder for as long as the context lasts, however it is left."""
        folder = self.make()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self) -> int:
        """Remove what dead processes of this user left; return how many folders that were."""
        left = [folder for folder in self.root.glob(f"{PREFIX}*-*") if _is_leftover(folder)]
        for folder in left:
            shutil.rmtree(folder, ignore_errors=True)
        if left:
            log.warning("scratch.swept", folders=len(left), root=str(self.root))
        return len(left)


def _is_leftover(folder: Path) -> bool:
    pid = folder.name.removeprefix(PREFIX).partition("-")[0]
    try:
        return pid.isdigit() and folder.stat().st_uid == os.getuid() and not _is_alive(int(pid))
    except OSError:  # somebody else removed it just now
        return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True
