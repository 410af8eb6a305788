"""Folders for the files being pressed: private, one per file, gone when it is, also after a crash."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

ROOM_PER_BYTE = 3  # the source, a result that may be as large, and what the engine writes on the way
PREFIX = "bulkpress-"  # then the id of the process it belongs to, so that leftovers of dead ones can be told


class Scratch:
    """Makes folders in `root`, which several workers of one machine may share, and so may a `quota_bytes`.

    The quota is for volumes whose owner is punished for filling them, as a pod is that fills its emptyDir.
    """

    def __init__(self, root: Path | None, quota_bytes: int | None = None) -> None:
        self.root = root or Path(tempfile.gettempdir())
        self._quota_bytes = quota_bytes
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def make(self) -> Path:
        """A new folder that only this user can enter, for this process to remove."""
        return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=self.root))

    @contextmanager
    def folder(self, *, room_bytes: int = 0) -> Iterator[Path]:
        """A folder for as long as the context lasts, however it is left; in it a file of so many bytes can be pressed.

        Raises OSError (ENOSPC) when there is no room for that: better before it is fetched than in the middle.
        """
        self.check_room(room_bytes)
        folder = self.make()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def check_room(self, size_bytes: int) -> None:
        """Raise OSError (ENOSPC) when a file of so many bytes cannot be pressed here now."""
        needed_bytes = ROOM_PER_BYTE * size_bytes
        free_bytes = shutil.disk_usage(self.root).free
        if self._quota_bytes is not None:
            free_bytes = min(free_bytes, self._quota_bytes - _bytes_below(self.root))
        if free_bytes < needed_bytes:
            raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)}: {free_bytes} of {needed_bytes} bytes", self.root)

    def sweep(self) -> int:
        """Remove what dead processes of this user left; return how many folders that were."""
        left = [folder for folder in self.root.glob(f"{PREFIX}*-*") if _is_leftover(folder)]
        for folder in left:
            shutil.rmtree(folder, ignore_errors=True)
        if left:
            log.warning("scratch.swept", folders=len(left), root=str(self.root))
        return len(left)


def _bytes_below(folder: Path) -> int:
    """What all files below take; those that go meanwhile are not counted."""
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(base, name)).st_size  # noqa: PTH118  # os.walk's own words
    return total


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
