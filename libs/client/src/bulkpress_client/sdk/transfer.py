"""Files on their way: read when their turn comes, written whole or not at all, unpacked nowhere but in the folder."""

import zipfile
from collections.abc import Iterable
from io import SEEK_END
from pathlib import Path, PurePosixPath, PureWindowsPath
from shutil import copyfileobj
from typing import BinaryIO
from uuid import uuid4

from bulkpress_client.sdk.errors import UnsafeArchiveError


class LateFile:
    """A file that is opened with its first read and closed at its end: a job may have more files than a process may
    have open. It has what httpx asks of a file to stream it and to know its length beforehand."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size_bytes = path.stat().st_size
        self._place = 0
        self._open: BinaryIO | None = None

    def tell(self) -> int:
        """Where the next read begins."""
        return self._place

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to the start or the end, which is all that is asked of it."""
        self._place = self._size_bytes + offset if whence == SEEK_END else offset
        if self._open:
            self._open.seek(self._place)
        return self._place

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; none at the end, and then the file is closed."""
        if self._open is None:
            if self._place >= self._size_bytes:
                return b""
            self._open = self._path.open("rb")
            self._open.seek(self._place)
        piece = self._open.read(size)
        self._place += len(piece)
        if not piece:
            self.close()
        return piece

    def close(self) -> None:
        """Close it, if it is open; it can be read again."""
        if self._open:
            self._open.close()
            self._open = None


def save(pieces: Iterable[bytes], path: Path) -> Path:
    """Write the pieces into a file that appears when it is complete, replacing one that is there; return its path."""
    part = path.with_name(f".bulkpress-{uuid4().hex}.part")
    try:
        with part.open("wb") as file:
            file.writelines(pieces)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def unpack(archive: Path, folder: Path) -> list[Path]:
    """Write the entries of a ZIP into the folder; return their paths. Raises UnsafeArchiveError before writing any."""
    with zipfile.ZipFile(archive) as packed:
        entries = packed.infolist()
        for entry in entries:
            plain_path(entry.filename)
        return [_unpack_one(packed, entry, folder) for entry in entries]


def plain_name(name: str) -> str:
    """The name, if it is that of a file with no folder on any operating system. Raises UnsafeArchiveError."""
    windows = PureWindowsPath(name)
    if name in {"", ".", ".."} or PurePosixPath(name).name != name or windows.name != name or "\0" in name:
        raise UnsafeArchiveError(name)
    return name


def plain_path(name: str) -> str:
    """The name, if it leads to a file in this folder or one below. Raises UnsafeArchiveError."""
    for part in name.split("/"):
        try:
            plain_name(part)
        except UnsafeArchiveError:
            raise UnsafeArchiveError(name) from None
    return name


def _unpack_one(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> Path:
    path = folder / entry.filename
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.parent / f".bulkpress-{uuid4().hex}.part"
    try:
        with packed.open(entry) as source, part.open("wb") as target:
            copyfileobj(source, target)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
