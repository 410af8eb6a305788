"""Objects to and from local files: the same for every object store. Errors of the local file stay OSError."""

from collections.abc import Iterable
from pathlib import Path

from bulkpress_core.ports.object_store import READ_CHUNK_BYTES, ObjectWriter


def save_new(chunks: Iterable[bytes], path: Path) -> int:
    """Write `chunks` into a file that must not exist yet; return its size in bytes. On an error no file is left."""
    with path.open("xb") as file:
        try:
            for chunk in chunks:
                file.write(chunk)
            return file.tell()
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def write_from(path: Path, writer: ObjectWriter) -> int:
    """Write the file's bytes as the whole object and commit it; return its size in bytes."""
    with path.open("rb") as file:
        while chunk := file.read(READ_CHUNK_BYTES):
            writer.write(chunk)
    return writer.commit()
