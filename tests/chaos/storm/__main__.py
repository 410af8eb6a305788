"""`make test-chaos`: run the storm for one seed or several, print its figures, and fail if anything is amiss."""

import argparse
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from random import Random

from bulkpress_core.domain.errors import UnavailableError
from bulkpress_core.domain.jobs import JobId, JobState
from tests.chaos.storm.faults import FAULTS, schedule
from tests.chaos.storm.site import Site, site, wait
from tests.chaos.storm.verdict import Verdict, contents, failures, judge
from tests.support.pdf_factory import images

LIMIT_S = 600.0  # a job that has not ended by then is lost
TWINS = 0.1  # of the files have the content of another


def say(line: str) -> None:
    """Print a line, at once: the storm may be watched."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def documents(count: int) -> list[bytes]:
    """That many small photographs, each tenth of them a larger one, and some the same as one before."""
    chance = Random(count)
    made: list[bytes] = []
    for number in range(count):
        if made and chance.random() < TWINS:
            made.append(chance.choice(made))
        else:
            width_px = 400 if number % 10 == 0 else 60
            made.append(images.photo_flate(width_px + number % 7, width_px * 3 // 4, seed=number))
    return made


def press(place: Site, job_id: JobId) -> float:
    """Wait until the job has ended, keeping its services running; return the seconds it took."""
    started = time.monotonic()
    while not _finished(place, job_id):
        if time.monotonic() - started > LIMIT_S:
            break
        place.keep_running()
        wait(0.2)
    return time.monotonic() - started


def rage(place: Site, job_id: JobId, seed: int) -> int:
    """Let every fault of the schedule happen as long as the job runs; return how many there were."""
    chance = Random(seed)
    happened = 0
    while not _finished(place, job_id) and happened < 3 * len(FAULTS):
        for name, peace_s in schedule(seed + happened):
            wait(peace_s)
            place.keep_running()
            if _finished(place, job_id):
                break
            say(f"  {name.replace('_', ' ')}")
            FAULTS[name](place, chance)
            happened += 1
    return happened


def run(seed: int, files: int) -> tuple[Verdict, int, float, float]:
    """One storm: the verdict, how many faults there were, and the seconds it took in peace and in the storm."""
    with tempfile.TemporaryDirectory(prefix="bulkpress-storm-") as folder, site(Path(folder)) as place:
        place.start()
        sent = documents(files)
        calm = place.system.hand_in(*sent, tenant="calm", known_contents=True)
        calm_s = press(place, calm)
        expected = contents(place.system, calm)
        started = time.monotonic()
        job_id = place.system.hand_in(*sent, tenant="storm", known_contents=True)
        faults = rage(place, job_id, seed)
        press(place, job_id)
        storm_s = time.monotonic() - started
        exit_codes = place.end()
        if any(exit_codes):
            say(f"services ended with {exit_codes}")
        for failure in failures(place.system, job_id):
            say(failure)
        return judge(place.system, job_id, expected), faults, calm_s, storm_s


def _finished(place: Site, job_id: JobId) -> bool:
    try:
        return place.system.jobs.get(job_id).state is JobState.FINISHED
    except UnavailableError:
        return False


def main() -> int:
    """Run all seeds; 1 if a verdict is not good."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--files", type=int, default=300)
    asked = parser.parse_args()
    good = True
    for seed in asked.seed:
        say(f"seed {seed}")
        verdict, faults, calm_s, storm_s = run(seed, asked.files)
        figures = " ".join(f"{name}={value}" for name, value in asdict(verdict).items())
        say(f"seed {seed}: {faults} faults, {calm_s:.0f} s in peace, {storm_s:.0f} s in the storm: {figures}")
        good = good and verdict.is_good
    say("nothing was lost" if good else "SOMETHING IS AMISS")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
