"""What `create_bulk_job` takes as a file: whatever an operator has at hand, read in pieces."""

from collections.abc import Iterable, Iterator
from os import PathLike, fspath
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

PIECE_BYTES = 256 * 1024


@runtime_checkable
class Readable(Protocol):
    """An open binary file, or an upload of a web framework."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""


Content: TypeAlias = "bytes | bytearray | memoryview | str | PathLike[str] | Readable | Iterable[bytes]"
FileSource: TypeAlias = "str | PathLike[str] | Readable | tuple[str, Content]"


def name_of(source: FileSource) -> str:
    """The name a source goes by: the one given with it, its path, or what a web framework calls its file name."""
    if isinstance(source, tuple):
        return source[0]
    if isinstance(source, str | PathLike):
        return fspath(source)
    return str(getattr(source, "filename", None) or getattr(source, "name", None) or "")


def pieces_of(source: FileSource) -> Iterator[bytes]:
    """The bytes of a source, in pieces, read as they are asked for. Raises OSError when a path cannot be read."""
    content = source[1] if isinstance(source, tuple) else source
    if isinstance(content, bytes | bytearray | memoryview):
        return _cut(memoryview(content))
    if isinstance(content, str | PathLike):
        return _of_path(Path(content))
    return _of_file(content) if isinstance(content, Readable) else iter(content)


def _cut(content: memoryview) -> Iterator[bytes]:
    return (bytes(content[at : at + PIECE_BYTES]) for at in range(0, len(content), PIECE_BYTES))


def _of_path(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from _of_file(file)


def _of_file(file: Readable) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece
