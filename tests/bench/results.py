"""Measurements: one to a tool and file, kept as JSON lines so that a run that was broken off goes on where it was."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one tool made of one file. `bytes_out` and what follows it are None where there is no readable result."""

    tool: str
    build: str
    category: str
    file: str  # its path below the corpus
    bytes_in: int
    readable: bool  # whether a reader opens the source without a password
    exit_code: int
    timed_out: bool
    cpu_s: float
    peak_rss_bytes: int
    said: str
    bytes_out: int | None = None
    ink_ssim: float | None = None
    worst_page: float | None = None
    text: float | None = None
    lost: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What makes measuring again unnecessary."""
        return self.tool, self.build, self.file, self.bytes_in

    @property
    def failed(self) -> bool:
        """Whether a readable source has no readable result."""
        return self.readable and self.bytes_out is None


class Results:
    """The measurements in a file, to which new ones are appended at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        self._all = {one.key: one for one in (Measurement(**json.loads(line)) for line in lines)}

    def add(self, one: Measurement) -> None:
        """Keep it."""
        self._all[one.key] = one
        with self._path.open("a") as file:
            file.write(json.dumps(asdict(one)) + "\n")

    def has(self, key: tuple[str, str, str, int]) -> bool:
        """Whether that was measured already."""
        return key in self._all

    def of(self, builds: Iterable[tuple[str, str]]) -> list[Measurement]:
        """The measurements of these tools, each given with its build."""
        wanted = set(builds)
        return [one for one in self._all.values() if (one.tool, one.build) in wanted]
