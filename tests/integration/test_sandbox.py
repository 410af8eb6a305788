"""The sandbox ends what misbehaves, says how, and leaves nothing behind: real processes under real limits."""

import concurrent.futures
import errno
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bulkpress_engine.errors import (
    DamagedPdfError,
    EngineCrashError,
    EngineError,
    OutOfMemoryError,
    OutputTooLargeError,
    TimedOutError,
)
from bulkpress_engine.options import Level, Limits, PressOptions
from bulkpress_engine.sandbox import Sandbox, SandboxError
from bulkpress_engine.sandbox.endings import report_of
from bulkpress_engine.sandbox.wire import Channel, Ending, Request
from tests.support.misbehaving_press import ENTRY_POINT, REPOSITORY
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("sandbox")  # they share one warm sandbox

LIMITS = Limits(seconds=30, cpu_seconds=1, memory_bytes=256 * 2**20, output_bytes=8 * 2**20)


@pytest.fixture(scope="module")
def importable() -> Iterator[None]:
    """Let child processes import `tests`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(REPOSITORY))
        yield


@pytest.fixture(scope="module")
def sandbox(importable: None) -> Iterator[Sandbox]:
    """One warm sandbox that runs the misbehaving press."""
    with Sandbox(LIMITS, entry_point=ENTRY_POINT) as warm:
        yield warm


@pytest.fixture
def hasty(importable: None) -> Iterator[Sandbox]:
    """A sandbox whose presses may take a second and a half."""
    with Sandbox(Limits(seconds=1.5), entry_point=ENTRY_POINT) as warm:
        yield warm


def source_that_says(folder: Path, deed: str) -> Path:
    """A source that makes the press do `deed`."""
    path = folder / "source.pdf"
    path.write_text(deed)
    return path


def names_in(folder: Path) -> list[str]:
    """What lies in `folder`, hidden things too."""
    return sorted(path.name for path in folder.iterdir())


def children() -> set[int]:
    """Ids of all processes below this one, zombies too."""
    return {process.pid for process in psutil.Process().children(recursive=True)}


def is_gone(pid: int) -> bool:
    """Whether no process with this id runs any more."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_press_returns_the_childs_report_and_puts_the_target_in_place(sandbox: Sandbox, tmp_path: Path) -> None:
    source = source_that_says(tmp_path, "behave")
    report = sandbox.press(source, tmp_path / "target.pdf", PressOptions(level=Level.HIGH))
    assert (report.bytes_in, report.bytes_out) == (len("behave"), len("level high"))
    assert (tmp_path / "target.pdf").read_text() == "level high"
    assert names_in(tmp_path) == ["source.pdf", "target.pdf"]


def test_every_press_runs_in_a_process_of_its_own(sandbox: Sandbox, tmp_path: Path) -> None:
    source = source_that_says(tmp_path, "behave")
    pids = [sandbox.press(source, tmp_path / "target.pdf").pages for _ in range(3)]
    assert len({*pids, os.getpid()}) == 4


@pytest.mark.parametrize(
    ("deed", "error", "says"),
    [
        ("burn cpu", TimedOutError, "1 s of processor time"),
        ("eat memory", OutOfMemoryError, "more memory"),
        ("abort without memory", OutOfMemoryError, "more memory"),
        ("be killed", OutOfMemoryError, "more memory"),  # only the kernel's out-of-memory killer does that here
        ("fill the target", OutputTooLargeError, "more to disk"),
        ("segfault", EngineCrashError, "SIGSEGV"),
        ("abort", EngineCrashError, "SIGABRT"),
        ("exit", EngineCrashError, "exit code 7"),
        ("recurse", EngineCrashError, "RecursionError"),
        ("fail unexpectedly", EngineCrashError, "LookupError"),
        ("refuse", DamagedPdfError, "page 3 has no end"),
    ],
)
def test_each_bad_end_has_its_error_and_leaves_nothing(
    sandbox: Sandbox, tmp_path: Path, deed: str, error: type[EngineError], says: str
) -> None:
    source = source_that_says(tmp_path, deed)
    with pytest.raises(error, match=says) as raised:
        sandbox.press(source, tmp_path / "target.pdf")
    assert type(raised.value) is error
    assert "Traceback" not in str(raised.value)
    assert names_in(tmp_path) == ["source.pdf"]
    assert source.read_text() == deed


def test_what_a_dying_library_said_is_kept_for_the_log_and_not_for_the_user(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(EngineCrashError) as raised:
        sandbox.press(source_that_says(tmp_path, "abort"), tmp_path / "target.pdf")
    assert "invalid pointer" not in str(raised.value)
    assert any("invalid pointer" in note for note in raised.value.__notes__)


def test_a_child_killed_while_it_answers_counts_as_killed() -> None:
    with pytest.raises(OutOfMemoryError):
        report_of(Ending(status=signal.SIGKILL, answer='{"report": {"resu', said=""), LIMITS)


def test_a_full_disk_is_the_machines_trouble_and_not_the_documents(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space") as raised:
        sandbox.press(source_that_says(tmp_path, "find the disk full"), tmp_path / "target.pdf")
    assert raised.value.errno == errno.ENOSPC


def test_a_missing_source_is_the_callers_mistake(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing to press"):
        sandbox.press(tmp_path / "source.pdf", tmp_path / "target.pdf")


def test_the_source_is_never_its_own_target(sandbox: Sandbox, tmp_path: Path) -> None:
    source = source_that_says(tmp_path, "behave")
    with pytest.raises(ValueError, match="place of its own"):
        sandbox.press(source, source)
    assert source.read_text() == "behave"


def test_warnings_without_end_do_not_block_a_press(sandbox: Sandbox, tmp_path: Path) -> None:
    assert sandbox.press(source_that_says(tmp_path, "chatter"), tmp_path / "target.pdf").bytes_out > 0


def test_a_child_knows_no_credentials_and_holds_no_descriptor_of_ours(
    importable: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with Sandbox(entry_point=ENTRY_POINT) as fresh, (tmp_path / "open").open("w"):
        fresh.press(source_that_says(tmp_path, "tell surroundings"), tmp_path / "target.pdf")
    descriptors, environment, _ = (tmp_path / "target.pdf").read_text().splitlines()
    assert descriptors == "[0, 1, 2, 3, 4]"  # 3 answers, 4 is the listing itself
    assert "AWS_SECRET_ACCESS_KEY" not in environment


def test_a_hang_ends_at_the_deadline_and_the_next_press_works(hasty: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(TimedOutError, match=r"more than 1\.5 s"):
        hasty.press(source_that_says(tmp_path, "hang"), tmp_path / "target.pdf")
    assert names_in(tmp_path) == ["source.pdf"]
    assert hasty.press(source_that_says(tmp_path, "behave"), tmp_path / "target.pdf").bytes_out > 0


def test_programs_started_by_a_press_die_with_it(hasty: Sandbox, tmp_path: Path) -> None:
    before = children()
    with pytest.raises(TimedOutError):
        hasty.press(source_that_says(tmp_path, "hang with a program"), tmp_path / "target.pdf")
    assert until(lambda: children() <= before)


class GivenUpError(Exception):
    """Raised by these tests to interrupt a press."""


def test_what_a_tick_raises_kills_the_child_and_goes_on_to_the_caller(sandbox: Sandbox, tmp_path: Path) -> None:
    before, ticks = children(), list[set[int]]()

    def give_up_at_the_third() -> None:
        ticks.append(children() - before)
        if len(ticks) == 3:
            raise GivenUpError

    with pytest.raises(GivenUpError):
        sandbox.press(
            source_that_says(tmp_path, "hang"), tmp_path / "target.pdf", on_tick=give_up_at_the_third, tick_s=0.02
        )
    assert names_in(tmp_path) == ["source.pdf"]
    assert len(ticks) == 3
    assert not children() & ticks[-1]


def test_a_signal_handlers_exception_ends_the_press_like_celerys_soft_time_limit(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    def soft_limit(signal_number: int, frame: object) -> None:
        raise GivenUpError

    before = children()
    previous = signal.signal(signal.SIGUSR1, soft_limit)
    try:
        with pytest.raises(GivenUpError):
            sandbox.press(
                source_that_says(tmp_path, "hang"),
                tmp_path / "target.pdf",
                on_tick=lambda: os.kill(os.getpid(), signal.SIGUSR1),
                tick_s=0.02,
            )
    finally:
        signal.signal(signal.SIGUSR1, previous)
    assert names_in(tmp_path) == ["source.pdf"]
    assert children() <= before


def test_a_killed_zygote_is_replaced_by_the_next_press(importable: None, tmp_path: Path) -> None:
    before = children()
    with Sandbox(entry_point=ENTRY_POINT) as mortal:
        source = source_that_says(tmp_path, "behave")
        mortal.press(source, tmp_path / "target.pdf")
        for pid in children() - before:
            os.kill(pid, signal.SIGKILL)
        assert until(lambda: all(is_gone(pid) for pid in children() - before))
        assert mortal.press(source, tmp_path / "target.pdf").bytes_out > 0


def test_a_zygote_killed_during_a_press_takes_the_child_with_it(importable: None, tmp_path: Path) -> None:
    before = children()
    seen: set[int] = set()

    def kill_the_zygote() -> None:
        seen.update(children() - before)
        if len(seen) == 2:
            os.kill(min(seen), signal.SIGKILL)

    with Sandbox(entry_point=ENTRY_POINT) as mortal, pytest.raises(EngineCrashError, match="from outside"):
        mortal.press(source_that_says(tmp_path, "hang"), tmp_path / "target.pdf", on_tick=kill_the_zygote, tick_s=0.05)
    assert len(seen) == 2
    assert until(lambda: all(is_gone(pid) for pid in seen))
    assert names_in(tmp_path) == ["source.pdf"]


def test_nothing_outlives_a_caller_that_is_killed(importable: None, tmp_path: Path) -> None:
    source_that_says(tmp_path, "hang")
    program = (
        "import sys; from pathlib import Path; from bulkpress_engine.sandbox import Sandbox\n"
        f"Sandbox(entry_point={ENTRY_POINT!r}).press(Path('source.pdf'), Path('target.pdf'))"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path) as caller:
        family = psutil.Process(caller.pid)
        assert until(lambda: len(family.children(recursive=True)) == 2)
        assert until(lambda: any(tmp_path.glob(".press-*/*")))
        below = family.children(recursive=True)
        caller.kill()
    assert until(lambda: all(is_gone(process.pid) for process in below))
    assert until(lambda: names_in(tmp_path) == ["source.pdf"])


def test_what_a_killed_caller_did_not_get_round_to_removing_is_removed(importable: None, tmp_path: Path) -> None:
    source_that_says(tmp_path, "behave")
    program = (
        "import os, signal; from pathlib import Path; from bulkpress_engine.sandbox import Sandbox, sandbox\n"
        "sandbox.report_of = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"  # the child has just ended
        f"Sandbox(entry_point={ENTRY_POINT!r}).press(Path('source.pdf'), Path('target.pdf'))"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert until(lambda: names_in(tmp_path) == ["source.pdf"])


def test_a_zygote_told_to_end_while_it_cleans_up_finishes_that_first(importable: None, tmp_path: Path) -> None:
    source, scratch = source_that_says(tmp_path, "behave"), tmp_path / "scratch"
    scratch.mkdir()
    for number in range(30_000):  # so many that the signal comes while they are being removed
        (scratch / str(number)).touch()
    mine, its = socket.socketpair()
    with its:
        zygote = subprocess.Popen(
            [sys.executable, "-m", "bulkpress_engine.sandbox.zygote", ENTRY_POINT], stdin=its.fileno()
        )
    control = Channel(mine)
    assert control.receive() == {"ready": True}
    control.send(Request(source, scratch / "target.pdf", scratch, PressOptions(), LIMITS).as_dict())
    assert json.loads(control.receive()["answer"])["report"]["result"] == "pressed"
    control.close()
    assert until(lambda: sum(1 for _ in scratch.glob("*")) < 30_000)
    zygote.send_signal(signal.SIGTERM)
    assert zygote.wait(30) == 0
    assert names_in(tmp_path) == ["source.pdf"]


def test_a_result_is_as_readable_as_its_source(sandbox: Sandbox, tmp_path: Path) -> None:
    source = source_that_says(tmp_path, "behave")
    source.chmod(0o600)
    sandbox.press(source, tmp_path / "target.pdf")
    assert (tmp_path / "target.pdf").stat().st_mode & 0o777 == 0o600


def test_a_hundred_presses_leave_no_descriptor_and_no_zombie(sandbox: Sandbox, tmp_path: Path) -> None:
    source = source_that_says(tmp_path, "behave")
    sandbox.press(source, tmp_path / "target.pdf")
    me = psutil.Process()
    descriptors, family = me.num_fds(), children()
    for _ in range(100):
        sandbox.press(source, tmp_path / "target.pdf")
    assert me.num_fds() == descriptors
    assert children() == family


def test_closing_ends_the_zygote_and_its_descriptors(importable: None, tmp_path: Path) -> None:
    me = psutil.Process()
    descriptors, family = me.num_fds(), children()
    with Sandbox(entry_point=ENTRY_POINT) as brief:
        brief.press(source_that_says(tmp_path, "behave"), tmp_path / "target.pdf")
    assert me.num_fds() == descriptors
    assert children() == family


def test_threads_press_side_by_side_with_a_sandbox_each(importable: None, tmp_path: Path) -> None:
    def press_in_a_thread(number: int) -> str:
        folder = tmp_path / str(number)
        folder.mkdir()
        with Sandbox(entry_point=ENTRY_POINT) as own:
            own.press(source_that_says(folder, "behave"), folder / "target.pdf", PressOptions(level=Level.LOW))
        return (folder / "target.pdf").read_text()

    with concurrent.futures.ThreadPoolExecutor(3) as threads:
        assert list(threads.map(press_in_a_thread, range(3))) == ["level low"] * 3


def test_a_celery_pool_process_can_press(importable: None, tmp_path: Path) -> None:
    source_that_says(tmp_path, "behave")
    program = (
        "import sys; from pathlib import Path; from billiard import Process\n"
        "from bulkpress_engine.sandbox import Sandbox\n"
        "def press():\n"
        f"    with Sandbox(entry_point={ENTRY_POINT!r}) as own:\n"
        "        own.press(Path('source.pdf'), Path('target.pdf'))\n"
        "process = Process(target=press, daemon=True); process.start(); process.join(); sys.exit(process.exitcode)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=60)
    assert (tmp_path / "target.pdf").read_text() == "level medium"


def test_an_engine_that_cannot_be_imported_is_nobodys_documents_fault(tmp_path: Path) -> None:
    with Sandbox(entry_point="bulkpress_engine.nowhere:press") as broken, pytest.raises(SandboxError, match="stderr"):
        broken.press(source_that_says(tmp_path, "behave"), tmp_path / "target.pdf")
    assert names_in(tmp_path) == ["source.pdf"]
