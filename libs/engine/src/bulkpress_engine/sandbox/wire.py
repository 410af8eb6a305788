"""What the sandbox's processes say to each other: JSON, one value per line, over a socket that ends with either."""

import json
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bulkpress_engine.options import Limits, PressOptions


@dataclass(frozen=True, slots=True)
class Request:
    """What a child is to run, as MODULE:FUNCTION, and on what.

    `scratch` is the child's own folder: all that it writes, temporary files too, lies in it.
    """

    entry_point: str
    source: Path
    target: Path
    scratch: Path
    options: PressOptions
    limits: Limits

    def as_dict(self) -> dict[str, Any]:
        """The request as JSON-ready values; a path that is not UTF-8 keeps its bytes as surrogates (PEP 383)."""
        return {
            "entry_point": self.entry_point,
            "source": str(self.source),
            "target": str(self.target),
            "scratch": str(self.scratch),
            "options": self.options.as_dict(),
            "limits": asdict(self.limits),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Request":
        """The inverse of `as_dict`."""
        return cls(
            entry_point=raw["entry_point"],
            source=Path(raw["source"]),
            target=Path(raw["target"]),
            scratch=Path(raw["scratch"]),
            options=PressOptions.from_dict(raw["options"]),
            limits=Limits(**raw["limits"]),
        )


@dataclass(frozen=True, slots=True)
class Ending:
    """How a child ended: its wait status, the JSON it answered (cut off if it died), the tail of its stderr."""

    status: int
    answer: str
    said: str


class Channel:
    """Lines of JSON over a stream socket."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._unread = bytearray()

    def fileno(self) -> int:
        """The socket's descriptor, for select and poll."""
        return self._end.fileno()

    def send(self, value: Mapping[str, Any]) -> bool:
        """Send one value, blocking while the other side does not read; False when it has closed its end."""
        try:
            self._end.sendall(json.dumps(value).encode() + b"\n")
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def next_line(self) -> Any:
        """The next value if all of it is here, else None; never blocks and never reads from the socket."""
        at = self._unread.find(b"\n")
        if at < 0:
            return None
        line = bytes(self._unread[:at])
        del self._unread[: at + 1]
        return json.loads(line)

    def fill(self) -> bool:
        """Read what there is, blocking for the first byte; False when the other side has closed its end."""
        try:
            data = self._end.recv(1 << 16)
        except ConnectionResetError:
            return False
        self._unread += data
        return bool(data)

    def receive(self) -> Any:
        """The next value, blocking for it; None when the other side has closed its end."""
        while (value := self.next_line()) is None:
            if not self.fill():
                return None
        return value

    def close(self) -> None:
        """Close this end; the other side reads the end of the stream."""
        self._end.close()
