"""Putting a result in the place of its source, whole or not at all, with the source kept beside it."""

import os
import shutil
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

BACKUP_SUFFIX = ".orig"


class NotReplacedError(Exception):
    """The file was left as it is: `code` is a word of docs/reference/reasons.md, the message says what to do."""

    code: ClassVar[str]


class BackupExistsError(NotReplacedError):
    """The name that the original is to be kept under is taken."""

    code = "backup_exists"


class SourceChangedError(NotReplacedError):
    """Somebody wrote to the file while it was pressed."""

    code = "source_changed"


def draft_beside(source: Path) -> Path:
    """A free name in the folder of the file itself, whatever links to it: only there a file can be put in its place."""
    return source.resolve().with_name(f".bulkpress-{uuid4().hex}.part")


def stamp_of(source: Path) -> tuple[int, ...]:
    """What is another when somebody has written to the file, or put another in its place. Raises OSError."""
    status = source.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def replace(source: Path, draft: Path, *, stamp: tuple[int, ...], keeps_original: bool) -> None:
    """Put the draft in the place of the source, with its mode and owner. Raises NotReplacedError and OSError.

    `stamp` is that of the source before it was read. The original stays under its name and BACKUP_SUFFIX. At no moment
    is there no file under the source's name.
    """
    real = source.resolve()
    if stamp_of(real) != stamp:
        raise SourceChangedError(f"{source} was changed while it was pressed, and is left as it is: press it again")
    _take_after(real, draft)
    if keeps_original:
        _back_up(real, real.with_name(real.name + BACKUP_SUFFIX))
    draft.replace(real)


def _take_after(source: Path, draft: Path) -> None:
    shutil.copymode(source, draft)
    status = source.stat()
    if (status.st_uid, status.st_gid) != (draft.stat().st_uid, draft.stat().st_gid):
        os.chown(draft, status.st_uid, status.st_gid)


def _back_up(source: Path, backup: Path) -> None:
    try:
        try:
            os.link(source, backup)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            with source.open("rb") as original, backup.open("xb") as copy:
                shutil.copyfileobj(original, copy)
            shutil.copystat(source, backup)
    except FileExistsError:
        raise BackupExistsError(
            f"{backup} is there already and would be lost: move it away, or take --no-backup"
        ) from None
