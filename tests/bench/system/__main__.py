"""`make bench-system`: the whole system against the bare engine on the same files, and what each file costs."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.page import write_between_markers
from tests.bench.system import mixes
from tests.bench.system.mixes import Mix
from tests.bench.system.places import EMBEDDED, ON_S3, bare, embedded, on_s3
from tests.bench.system.running import counted, run, seconds_to_accept
from tests.bench.system.table import Costs, Measured, page

PLACES = {EMBEDDED: embedded, ON_S3: on_s3}
WORKERS = (1, 2)
COUNTED = 100  # files of the smallest mix


def say(line: str) -> None:
    """Tell whoever waits what is being done."""
    sys.stderr.write(f"{line}\n")


def throughput(folder: Path, mix: Mix, workers: int) -> Measured:
    """One load everywhere with so many files pressed at once; the bare engine first and last, as machines drift."""
    say(f"{mix.name}, {workers} at once: the bare engine")
    first = bare(mix.paths, folder / "first", workers)
    runs = {}
    for name, place in PLACES.items():
        say(f"{mix.name}, {workers} at once: {name}")
        with place(folder / name.replace(" ", "-"), workers) as running:
            runs[name] = run(running, mix)
    say(f"{mix.name}, {workers} at once: the bare engine again")
    last = bare(mix.paths, folder / "last", workers)
    return Measured(mix, workers, (first, last), runs)


def costs(folder: Path, mix: Mix, name: str) -> Costs:
    """What files of this load cost in one place, started anew."""
    say(f"what a file costs: {name}")
    with PLACES[name](folder, 1) as place:
        run(place, mix)  # whatever only the first load does
        accept_s = seconds_to_accept(place, mix.paths)
        commands, requests = counted(place, mix)
    return Costs(name, len(mix.paths), place.ready_s, accept_s, commands, requests)


def main() -> int:
    """Measure, print, and put the tables into the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--files", default="2000,200,5", help="how many of about 50 kB, 1 MB and 30 MB")
    options.add_argument("--docs", type=Path, default=Path("docs/explanation/benchmarks.md"))
    asked = options.parse_args()
    kinds = zip(
        ("50 kB", "1 MB", "30 MB"), (mixes.small, mixes.medium, mixes.large), asked.files.split(","), strict=True
    )
    with TemporaryDirectory(prefix="bulkpress-bench-") as name:
        base = Path(name)
        measured = []
        for number, (label, documents, count) in enumerate(kinds):
            if not int(count):
                continue
            mix = mixes.made(base / f"mix-{number}", f"{int(count):,} files of {label}", documents(), int(count))
            measured += [throughput(base / f"run-{number}-{workers}", mix, workers) for workers in WORKERS]
        few = mixes.made(base / "few", f"{COUNTED} files of 50 kB", mixes.small(), COUNTED)
        each = [costs(base / f"costs-{number}", few, place) for number, place in enumerate(PLACES)]
    text = page(measured, each)
    sys.stdout.write(text)
    write_between_markers(asked.docs, "bench-system", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
