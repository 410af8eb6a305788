"""File names: what clients send is for showing only. It is cleaned for people, for ZIP entries and for HTTP headers.

Names may have folders, as browsers send them for a whole folder (`webkitRelativePath`): the tree is kept where it leads
downwards. `/` is what stands between folders, whatever system the name came from.
"""

import re
import unicodedata
from dataclasses import replace

from bulkpress_core.domain.jobs import Job, JobFile

MAX_NAME_BYTES = 240  # in UTF-8: the 255 of common file systems, with room for a suffix such as ` (12345)`
MAX_PATH_BYTES = 1024  # folders included; those that are too many are left out from the top
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # make fdp.exe read as exe.pdf
UNWANTED = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control characters, lone surrogates, line and paragraph separators
NOT_IN_FILE_NAMES = re.compile(r'[<>:"/\\|?*]')  # refused by Windows; the slashes would make folders
ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")  # also `C:x`, which is relative to wherever that drive stands
DEVICES = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?:\.|$)", re.IGNORECASE)  # of Windows


def shown_name(raw: str, number: int) -> str:
    """The name under which a file is shown: relative, with no control characters, bounded.

    Of a name that begins at a root or a drive, or climbs with `..`, only the last part stays: it tells of no tree.
    `number` is the file's 0-based place in the job; it names a file whose own name has nothing left.
    """
    *folders, base = re.split(r"[/\\]", raw)
    if ABSOLUTE.match(raw) or any(_cleaned(folder) == ".." for folder in folders):
        folders = []
    shown = _cleaned(base)
    if not shown.strip("."):
        return f"file-{number + 1}.pdf"
    tree = [_shortened(folder) for folder in map(_cleaned, folders) if folder.strip(".")]
    parts = [*tree, _shortened(shown)]
    while len("/".join(parts).encode()) > MAX_PATH_BYTES:
        del parts[0]
    return "/".join(parts)


def base_name(shown: str) -> str:
    """A shown name without its folders."""
    return shown.rpartition("/")[2]


def _cleaned(name: str) -> str:
    return "".join(c for c in name if c not in BIDI_CONTROLS and unicodedata.category(c) not in UNWANTED).strip()


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
    """Names for the entries of one ZIP: safe on every operating system and told apart where they are the same.

    No file is called as a folder is, nor the other way round, or the ZIP could not be unpacked.
    """

    def __init__(self, *reserved: str) -> None:
        self._files = {_folded(name) for name in reserved}
        self._folders: set[str] = set()
        self._places: dict[str, str] = {}  # what a folder is called, where a file has its name already
        self._next: dict[str, int] = {}  # where to go on counting, so that 100,000 equal names stay cheap

    def take(self, shown: str) -> str:
        """The entry's name: `shown` itself, or `shown (2).pdf` when that is taken. Relative, and without `..`."""
        *folders, base = shown.split("/")
        place = ""
        for folder in folders:
            place = self._folder(place + _safe(folder)) + "/"
        name = self._numbered(place + _safe(base), self._files, self._folders)
        self._files.add(_folded(name))
        return name

    def _folder(self, name: str) -> str:
        if name not in self._places:
            self._places[name] = self._numbered(name, self._files)
            self._folders.add(_folded(self._places[name]))
        return self._places[name]

    def _numbered(self, name: str, *taken: set[str]) -> str:
        """`name`, or the first of `name (2)`, `name (3)` … that none of these has."""
        if not _is_in(key := _folded(name), taken):
            return name
        place, slash, base = name.rpartition("/")
        stem, dot, suffix = base.rpartition(".")
        if not stem:
            stem, dot, suffix = base, "", ""
        count = self._next.get(key, 2)
        while _is_in(_folded(numbered := f"{place}{slash}{stem} ({count}){dot}{suffix}"), taken):
            count += 1
        self._next[key] = count + 1
        return numbered


def _is_in(key: str, taken: tuple[set[str], ...]) -> bool:
    return any(key in some for some in taken)


def _safe(part: str) -> str:
    """A part of a path as every file system takes it."""
    name = NOT_IN_FILE_NAMES.sub("_", part).rstrip(". ") or "_"
    return f"_{name}" if DEVICES.match(name) else name


def _folded(name: str) -> str:
    """Equal for names that one file system or another takes for the same."""
    return unicodedata.normalize("NFC", name).casefold()
