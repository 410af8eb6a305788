"""A download that goes on where it broke off (RFC 9110, 14.2 and 13.1.5)."""

import re
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from uuid import uuid4

import httpx

OK, PARTIAL = 200, 206
RANGE = re.compile(r"bytes (\d+)-\d+/")


class Download:
    """The bytes of one object, written beside where they belong until all are there. A context manager: what is not
    `kept` is deleted."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f".bulkpress-{uuid4().hex}.part"
        self._file: BinaryIO | None = None
        self._tag = ""  # of what is there: the rest must be of the same

    @property
    def size_bytes(self) -> int:
        """How much is there."""
        return self._file.tell() if self._file else 0

    @property
    def headers(self) -> dict[str, str]:
        """What the next request says: to go on, if something is there that has a strong tag."""
        plain = {"Accept-Encoding": "identity"}
        if not self.size_bytes or not self._tag:
            return plain
        return plain | {"Range": f"bytes={self.size_bytes}-", "If-Range": self._tag}

    def begin(self, answer: httpx.Response) -> bool:
        """Make ready for the answer's bytes; False for a part that does not follow on what is there: ask again."""
        if self._file is None:
            self._file = self._path.open("wb")
        told = RANGE.match(answer.headers.get("content-range", ""))
        follows = answer.status_code == PARTIAL and told is not None and int(told[1]) == self.size_bytes
        if not follows:
            self._file.seek(0)
            self._file.truncate()
        tag = answer.headers.get("etag", "")
        self._tag = tag if tag.startswith('"') else ""
        return follows or answer.status_code == OK

    def write(self, piece: bytes) -> None:
        """Append bytes."""
        if self._file is None:
            raise RuntimeError("begin() comes before write()")
        self._file.write(piece)

    def keep(self, path: Path) -> Path:
        """Put all that was written where it belongs, replacing what is there; return that path."""
        if self._file:
            self._file.close()
        return self._path.replace(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()
        self._path.unlink(missing_ok=True)
