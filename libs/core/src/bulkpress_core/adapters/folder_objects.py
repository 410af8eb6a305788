"""The object store of one machine: a folder, one file to an object."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from bulkpress_core.adapters.local_files import save_new, write_from
from bulkpress_core.domain.errors import ObjectNotFoundError, StoreUnavailableError
from bulkpress_core.ports.direct_uploads import DirectUploads
from bulkpress_core.ports.object_store import READ_CHUNK_BYTES

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
ABSENT = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
FOLDER_TRIES = 100  # somebody else may prune an empty folder between our making it and our using it


class FolderObjectStore:
    """Objects as files below `root`, for this user's eyes only. An object appears whole or not at all.

    Unfinished objects lie beside their place under names with a leading dot, which no key can have: what a crash
    leaves of them goes when the prefix is deleted.
    """

    direct_uploads: DirectUploads | None = None  # a folder has no URLs

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    @contextmanager
    def writer(self, key: str) -> Iterator["FolderObjectWriter"]:
        """Write an object in pieces, into a file that becomes the object at `commit`."""
        writer = FolderObjectWriter(self._path(key), key)
        try:
            yield writer
        finally:
            writer.discard()

    def read(self, key: str, *, start: int = 0) -> Iterator[bytes]:
        """The object's bytes in chunks. Reading goes on undisturbed when the object is deleted meanwhile."""
        chunks = _chunks(self._path(key), key, start)
        next(chunks)  # opens the file and reads the first chunk, or raises
        return chunks

    def fetch(self, key: str, path: Path) -> int:
        """Copy the object into a new local file."""
        return save_new(self.read(key), path)

    def store(self, path: Path, key: str) -> int:
        """Copy a local file into an object."""
        with self.writer(key) as writer:
            return write_from(path, writer)

    def size(self, key: str) -> int:
        """The object's size in bytes."""
        path = self._path(key)
        with _reading(key):
            if path.is_dir():
                raise FileNotFoundError(path)
            return path.stat().st_size

    def head(self, key: str, size_bytes: int) -> bytes:
        """The object's first bytes."""
        with _reading(key), self._path(key).open("rb") as file:
            return file.read(size_bytes)

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys below the prefix in the order of their bytes, as S3 gives them."""
        for path in _files(self._folder(prefix)):
            if not path.name.startswith("."):
                yield path.relative_to(self._root).as_posix()

    def copy(self, key: str, to: str) -> int:
        """Copy the object, chunk by chunk."""
        chunks = self.read(key)
        with self.writer(to) as writer:
            for chunk in chunks:
                writer.write(chunk)
            return writer.commit()

    def delete(self, key: str) -> None:
        """Delete the object's file."""
        with _writing(key):
            self._path(key).unlink(missing_ok=True)

    def delete_prefix(self, prefix: str) -> int:
        """Delete all objects below the prefix, unfinished ones too, and the folders this leaves empty."""
        folder = self._folder(prefix)
        deleted = 0
        with _writing(prefix):
            for path in _files(folder):
                with suppress(FileNotFoundError):  # somebody else deletes the same
                    path.unlink()
                    deleted += not path.name.startswith(".")
            for below, _, _ in os.walk(folder, topdown=False):
                _prune(Path(below))
            for above in folder.parents:
                if above == self._root or not above.is_relative_to(self._root) or not _prune(above):
                    break
        return deleted

    def presigned_get(self, key: str, *, expires_in: timedelta, file_name: str) -> None:
        """None: a folder has no URLs."""

    def check(self) -> None:
        """Write, read and delete a small file."""
        probe = self._root / f".check-{uuid4().hex}"
        with _writing("a probe"):
            _make_folder(self._root)
            try:
                probe.write_bytes(b"probe")
                probe.read_bytes()
            finally:
                probe.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if not all(_is_plain(part) for part in key.split("/")):
            raise ValueError(
                f"{key!r} is no object key: it must be names joined by '/', none of them with a leading dot"
            )
        return self._root / key

    def _folder(self, prefix: str) -> Path:
        if not prefix.endswith("/"):
            raise ValueError(f"{prefix!r} is no prefix of object keys: it must end in '/'")
        return self._path(prefix[:-1])


class FolderObjectWriter:
    """An unfinished object. The file is made at the first write, or at `commit` of an empty object."""

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._key = key
        self._unfinished = path.with_name(f".{uuid4().hex}")
        self._file: BinaryIO | None = None

    def write(self, chunk: bytes) -> None:
        """Append bytes to the unfinished file."""
        with _writing(self._key):
            self._opened().write(chunk)

    def commit(self) -> int:
        """Bring the bytes to the disk and give the file the object's name, in one step."""
        with _writing(self._key):
            file = self._opened()
            file.flush()
            os.fsync(file.fileno())
            size_bytes = file.tell()
            self._unfinished.rename(self._path)
            file.close()
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)  # the name, too, must outlive a power cut: the job store will say the object is there
            finally:
                os.close(folder)
        return size_bytes

    def discard(self) -> None:
        """Remove the unfinished file; nothing after `commit`."""
        if self._file is not None:
            with suppress(OSError):  # closing flushes, which fails again on a full disk
                self._file.close()
            self._unfinished.unlink(missing_ok=True)

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._file = os.fdopen(_create(self._unfinished), "wb")
        return self._file


@contextmanager
def _reading(key: str) -> Iterator[None]:
    try:
        yield
    except ABSENT:
        raise ObjectNotFoundError(f"the store has no object {key!r}") from None
    except OSError as error:
        raise StoreUnavailableError(f"cannot read object {key!r} from the store folder: {error}") from error


@contextmanager
def _writing(key: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = "free some space there" if error.errno in NO_SPACE else "check the folder BULKPRESS_STORE names"
        raise StoreUnavailableError(f"cannot write {key!r} to the store folder: {error}; {remedy}") from error


def _chunks(path: Path, key: str, start: int) -> Iterator[bytes]:
    """First b"", once the file is open and its first chunk read; then the chunks."""
    with _reading(key), path.open("rb") as file:
        file.seek(start)
        chunk = file.read(READ_CHUNK_BYTES)
        yield b""
        while chunk:
            yield chunk
            chunk = file.read(READ_CHUNK_BYTES)


def _files(folder: Path) -> Iterator[Path]:
    """All files below the folder, none if it is not there, in the order of their keys' bytes."""
    with _reading(str(folder)), suppress(*ABSENT), os.scandir(folder) as entries:
        found = [(os.fsencode(entry.name), entry.is_dir(follow_symlinks=False)) for entry in entries]
        for name, is_folder in sorted(found, key=lambda entry: entry[0] + b"/" * entry[1]):
            path = folder / os.fsdecode(name)
            yield from _files(path) if is_folder else (path,)


def _create(path: Path) -> int:
    """Create the file, and its folders as needed; return its descriptor."""
    for _ in range(FOLDER_TRIES):
        with suppress(FileNotFoundError):
            _make_folder(path.parent)
            return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    raise FileNotFoundError(errno.ENOENT, "the folder goes away as often as it is made", str(path.parent))


def _make_folder(folder: Path) -> None:
    """Make the folder and those above it, all for this user's eyes only (`mkdir` sees to that for the last alone)."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)


def _prune(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:  # not empty, or already gone
        return False
    return True


def _is_plain(part: str) -> bool:
    return bool(part) and not part.startswith(".") and "\\" not in part and "\0" not in part
