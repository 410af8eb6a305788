"""What is left when the storm is over, in figures; each of them has one value that is right."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bulkpress_core.domain.jobs import FileState, JobFile, JobId
from bulkpress_core.domain.lanes import PRESS_LANES
from tests.support.services import System

SETTLED = {"file.pressed", "file.kept", "file.failed"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts over one job. Only `files`, `ended` and `identical` should not be 0."""

    files: int
    ended: int  # done or kept
    lost: int  # neither done, nor kept, nor failed
    failed: int
    settled_twice: int
    identical: int  # to what the same file became in peace
    totals_off: int  # totals of the job that are not the sum over its files
    orphans: int  # objects that are no file's source or result, and uploads that nobody ended
    waiting: int  # files, leases and deferrals left in lanes
    processes: int
    scratch: int  # files and folders

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, changed or left."""
        wrong = {name: value for name, value in asdict(self).items() if name not in {"files", "ended", "identical"}}
        return not any(wrong.values()) and self.files == self.ended == self.identical


def contents(system: System, job_id: JobId) -> list[str]:
    """The digests of all results, by number."""
    return [_digest(system, file) for file in system.jobs.files(job_id)]


def failures(system: System, job_id: JobId) -> list[str]:
    """Which files failed, and why."""
    ended = [(file.number, file.outcome) for file in system.jobs.files(job_id) if file.state is FileState.FAILED]
    return [f"file {number} failed: {outcome.reason} {outcome.detail}" for number, outcome in ended if outcome]


def judge(system: System, job_id: JobId, expected: list[str]) -> Verdict:
    """Look at everything the job has left. The services must have ended."""
    job, files = system.jobs.get(job_id), system.jobs.files(job_id)
    states = Counter(file.state for file in files)
    ended = states[FileState.DONE] + states[FileState.KEPT]
    sums = (states[FileState.DONE], states[FileState.KEPT], states[FileState.FAILED], len(files))
    bytes_out = sum(file.outcome.bytes_out for file in files if file.outcome and file.state is not FileState.FAILED)
    settled = Counter(_settlements(system.folder, job_id))
    named = {file.source_key for file in files} | {file.outcome.result_key for file in files if file.outcome}
    return Verdict(
        files=len(files),
        ended=ended,
        lost=len(files) - ended - states[FileState.FAILED],
        failed=states[FileState.FAILED],
        settled_twice=sum(count > 1 for count in settled.values()),
        identical=sum(one == other for one, other in zip(contents(system, job_id), expected, strict=True)),
        totals_off=sum(
            one != other
            for one, other in zip(
                (job.totals.done, job.totals.kept, job.totals.failed, job.totals.ended), sums, strict=True
            )
        )
        + (job.totals.bytes_out != bytes_out),
        orphans=len(set(system.objects.keys(job.source_prefix)) - named),
        waiting=sum(system.jobs.pending(lane) + system.jobs.running(lane) for lane in PRESS_LANES),
        processes=sum(len(service.members()) for service in system.services),
        scratch=len(list(system.scratch.iterdir())),
    )


def _digest(system: System, file: JobFile) -> str:
    if file.outcome is None or file.outcome.result_key is None:
        return ""
    sha256 = hashlib.sha256()
    for chunk in system.objects.read(file.outcome.result_key):
        sha256.update(chunk)
    return sha256.hexdigest()


def _settlements(folder: Path, job_id: JobId) -> Iterator[int]:
    """The number of every file of the job that a worker said it had settled, as often as one did."""
    for log in folder.glob("service-*/log"):
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith("{") and line.endswith("}"):
                said = json.loads(line)
                if said.get("event") in SETTLED and said.get("job_id") == job_id:
                    yield said["file"]
