"""File names: what clients send is for showing only. It is cleaned for people, for ZIP entries and for HTTP headers."""

import re
import unicodedata
from dataclasses import replace

from bulkpress_core.domain.jobs import Job, JobFile

MAX_NAME_BYTES = 240  # in UTF-8: the 255 of common file systems, with room for a suffix such as ` (12345)`
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # make fdp.exe read as exe.pdf
UNWANTED = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control characters, lone surrogates, line and paragraph separators
NOT_IN_FILE_NAMES = re.compile(r'[<>:"/\\|?*]')  # refused by Windows; the slashes would make folders


def shown_name(raw: str, number: int) -> str:
    """The name under which a file is shown: no folder of any operating system, no control characters, bounded.

    `number` is the file's 0-based place in the job; it names a file whose own name has nothing left.
    """
    base = re.split(r"[/\\]", raw)[-1]
    kept = "".join(c for c in base if c not in BIDI_CONTROLS and unicodedata.category(c) not in UNWANTED).strip()
    return _shortened(kept) if kept.strip(".") else f"file-{number + 1}.pdf"


def called(file: JobFile, job: Job) -> JobFile:
    """The file under the name that its job gives it: its own, or its number, as `0007.pdf`."""
    return file if job.keep_names else replace(file, name=f"{file.number:04}.pdf")


def _shortened(name: str) -> str:
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, suffix = name.rpartition(".")
    tail = dot + suffix if stem and len(suffix.encode()) <= 16 else ""
    room = MAX_NAME_BYTES - len(tail.encode())
    return name.encode()[:room].decode(errors="ignore") + tail


class EntryNames:
    """Names for the entries of one ZIP: safe on every operating system and told apart where they are the same."""

    def __init__(self, *reserved: str) -> None:
        self._used = {_folded(name) for name in reserved}
        self._next: dict[str, int] = {}  # where to go on counting, so that 100,000 equal names stay cheap

    def take(self, shown: str) -> str:
        """The entry's name: `shown` itself, or `shown (2).pdf` when that is taken. Never a path."""
        name = NOT_IN_FILE_NAMES.sub("_", shown).rstrip(". ") or "_"
        if (key := _folded(name)) not in self._used:
            self._used.add(key)
            return name
        stem, dot, suffix = name.rpartition(".")
        if not stem:
            stem, dot, suffix = name, "", ""
        count = self._next.get(key, 2)
        while _folded(numbered := f"{stem} ({count}){dot}{suffix}") in self._used:
            count += 1
        self._next[key] = count + 1
        self._used.add(_folded(numbered))
        return numbered


def _folded(name: str) -> str:
    """Equal for names that one file system or another takes for the same."""
    return unicodedata.normalize("NFC", name).casefold()
