"""Check that requirements/ is in step with what the packages declare, and that no file names a package index.

Works offline, from the locks, the pyproject files and the packages installed in the environment that runs it.
Prints one line for each fault and exits 1 if there is any; `make lock` mends the locks.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
GATEWAY, WORKER, SCHEDULER = (f"services/{name}" for name in ("upload-gateway", "compression-worker", "scheduler"))
FLOWER = "services/flower"
CLIENT = "libs/client"
EVERYTHING = (GATEWAY, WORKER, SCHEDULER, FLOWER, CLIENT)
SOURCES = {  # lock: the projects whose dependencies it pins, and the plain requirement files beside them
    "upload-gateway": ((GATEWAY,), ()),
    "compression-worker": ((WORKER,), ()),
    "scheduler": ((SCHEDULER,), ()),
    "flower": ((FLOWER,), ()),
    "build": ((), ("build.in",)),
    "client": ((CLIENT,), ()),
    "local": (EVERYTHING, ("build.in",)),
    "dev": (EVERYTHING, ("build.in", "tools.in")),
}
APART = ("fuzz",)  # locks of what only some machines can install, which `dev` therefore has not
WITH_EXTRAS = ("local", "dev")  # the locks that hold the optional dependencies too
OWN = {"bulkpress-jbig2": "libs/jbig2", "bulkpress-engine": "libs/engine", "bulkpress-core": "libs/core"}
INDEX_HOSTS = [  # written in pieces, or this file would be the first to name them
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("proxy", "golang", "org"),
        ("static", "crates", "io"),
        ("repo", "maven", "apache", "org"),
        ("deb", "debian", "org"),
    )
]
INDEX_OPTION = re.compile(r"^\s*(--(extra-)?index-url|-i |--find-links)", re.MULTILINE)
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^\]]+\])?==(?P<version>[^ ;\\]+)(?P<rest>.*)$")


def declared(project: str, *, extras: bool) -> Iterator[Requirement]:
    """What a project asks for, its own siblings replaced by what those ask for."""
    table = tomllib.loads((ROOT / project / "pyproject.toml").read_text())["project"]
    wanted = [*table["dependencies"]]
    if extras:
        wanted += [line for lines in table.get("optional-dependencies", {}).values() for line in lines]
    for line in wanted:
        requirement = Requirement(line)
        if requirement.name in OWN:
            yield from declared(OWN[requirement.name], extras=extras)
        else:
            yield requirement


def listed(file_name: str) -> Iterator[Requirement]:
    """What a plain requirement file asks for."""
    for line in (ROOT / "requirements" / file_name).read_text().splitlines():
        if wanted := line.partition("#")[0].strip():
            yield Requirement(wanted)


def pins(lock: str) -> dict[str, tuple[str, int]]:
    """Version and number of hashes of each package that the lock pins."""
    found: dict[str, tuple[str, int]] = {}
    name = ""
    for line in (ROOT / "requirements" / f"{lock}.txt").read_text().splitlines():
        if match := PIN.match(line):
            name = canonicalize_name(match["name"])
            found[name] = (match["version"], 0)
        elif line.strip().startswith("--hash=sha256:") and name:
            found[name] = (found[name][0], found[name][1] + 1)
    return found


def missing(wanted: Sequence[Requirement], lock: str, pinned: dict[str, tuple[str, int]]) -> Iterator[str]:
    """Faults: what is wanted, directly or by something pinned, but not pinned so."""
    queue, seen = list(wanted), set()
    while queue:
        requirement = queue.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        if name not in pinned:
            yield f"{lock}.txt does not pin {name}, which is needed"
            continue
        if not requirement.specifier.contains(pinned[name][0], prereleases=True):
            yield f"{lock}.txt pins {name} {pinned[name][0]}, but {requirement} is asked for"
        key = (name, tuple(sorted(requirement.extras)))
        if key not in seen:
            seen.add(key)
            queue += needs_of(name, requirement.extras)


def needs_of(name: str, extras: set[str]) -> Iterator[Requirement]:
    """What an installed package needs on this machine, the extras asked for included."""
    try:
        lines = distribution(name).requires or []
    except PackageNotFoundError:
        return
    for line in lines:
        requirement = Requirement(line)
        if not requirement.marker or any(requirement.marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            requirement.marker = None
            yield requirement


def lock_faults() -> Iterator[str]:
    """Faults of the locks, each alone and against `dev`."""
    dev = pins("dev")
    for lock, (projects, files) in SOURCES.items():
        pinned = pins(lock)
        wanted = [need for project in projects for need in declared(project, extras=lock in WITH_EXTRAS)]
        wanted += [need for file_name in files for need in listed(file_name)]
        yield from missing(wanted, lock, pinned)
        yield from (f"{lock}.txt pins {name} without a hash" for name, (_, hashes) in pinned.items() if not hashes)
        for name, (version, _) in pinned.items():
            if name not in dev or dev[name][0] != version:
                yield f"{lock}.txt pins {name} {version}, dev.txt {dev.get(name, ('none', 0))[0]}"
    for lock in APART:
        pinned = pins(lock)
        yield from missing(list(listed(f"{lock}.in")), lock, pinned)
        yield from (f"{lock}.txt pins {name} without a hash" for name, (_, hashes) in pinned.items() if not hashes)


def host_faults() -> Iterator[str]:
    """Tracked files that name a package index: those are each machine's own setting."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, tracked.split("\0")):
        path = ROOT / name
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        yield from (f"{name} names the package index {host}" for host in INDEX_HOSTS if host in text)
        if name.startswith("requirements/") and INDEX_OPTION.search(text):
            yield f"{name} names a package index by option"


def main() -> int:
    """Print the faults; return the exit code."""
    faults = sorted({*lock_faults(), *host_faults()})
    for fault in faults:
        print(f"locks: {fault}")
    if faults:
        print("locks: run `make lock`, and look at what it changes")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
