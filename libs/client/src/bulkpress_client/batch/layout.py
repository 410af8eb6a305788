"""Which file is pressed into which: inputs are files and folders, the output a file or a folder with the same tree."""

import os
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


class LayoutError(Exception):
    """The inputs and the output do not go together; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Work:
    """One file to press. `name` is how it is called to people: its path below the output folder."""

    source: Path
    target: Path
    name: str


def lay_out(inputs: Sequence[Path], out: Path, *, out_is_folder: bool = False, is_written: bool = True) -> list[Work]:
    """Say where the result of every input goes. Raises LayoutError.

    A single input file goes into the file `out`, unless `out` is a folder or `out_is_folder` says that it is meant to
    be one. Everything else goes into the folder `out`: files under their name, what is found in a folder under its path
    there. A name that is taken gets a number, as in `scan (2).pdf`; a file named twice is pressed once.
    """
    if len(inputs) == 1 and not inputs[0].is_dir() and not out.is_dir() and not out_is_folder:
        work = [Work(inputs[0], out, out.name)]
    else:
        if out.exists() and not out.is_dir():
            raise LayoutError(f"{out} is a file, but there is more than one input: name a folder")
        work = list(_into_folder(inputs, out))
    if not work:
        raise LayoutError(f"no PDF was found in {', '.join(map(str, inputs))}: folders are searched for *.pdf")
    if is_written:
        _refuse_overwriting(work)
    return work


def in_place(inputs: Sequence[Path]) -> list[Work]:
    """Every input file, and every PDF in an input folder, to be replaced by its result. Raises LayoutError."""
    found = {one.resolve(): Work(one, one, str(one)) for one, _ in _found(inputs, None)}
    if not found:
        raise LayoutError(f"no PDF was found in {', '.join(map(str, inputs))}: folders are searched for *.pdf")
    return list(found.values())


def _into_folder(inputs: Sequence[Path], out: Path) -> Iterator[Work]:
    seen: set[Path] = set()
    taken: set[str] = set()
    for source, below in _found(inputs, out.resolve()):
        if (real := source.resolve()) in seen:
            continue
        seen.add(real)
        place = _free_name(below, taken)
        yield Work(source, out / place, place.as_posix())


def _found(inputs: Sequence[Path], out: Path | None) -> Iterator[tuple[Path, Path]]:
    """Every file with its path below the output folder; what lies in the output folder is no input."""
    for one in inputs:
        if not one.is_dir():
            yield one, Path(one.name)
            continue
        for folder, folders, names in os.walk(one):
            folders[:] = sorted(name for name in folders if Path(folder, name).resolve() != out)
            for name in sorted(names):
                if name.lower().endswith(".pdf"):
                    path = Path(folder, name)
                    yield path, path.relative_to(one)


def _free_name(below: Path, taken: set[str]) -> Path:
    place, count = below, 2
    while (key := _folded(place)) in taken:
        place = below.with_name(f"{below.stem} ({count}){below.suffix}")
        count += 1
    taken.add(key)
    return place


def _folded(place: Path) -> str:
    """Equal for paths that one file system or another takes for the same."""
    return unicodedata.normalize("NFC", place.as_posix()).casefold()


def _refuse_overwriting(work: Sequence[Work]) -> None:
    sources = {(info.st_dev, info.st_ino) for info in (one.source.stat() for one in work)}
    for one in work:
        if one.target.is_dir():
            raise LayoutError(
                f"{one.target} is a folder, but {one.source} would be written there: choose another output"
            )
        if one.target.exists() and (one.target.stat().st_dev, one.target.stat().st_ino) in sources:
            raise LayoutError(f"{one.target} is an input too and would be overwritten: choose another output")
