"""The sandbox ends what misbehaves, says how, and leaves nothing behind: real processes under real limits."""

import concurrent.futures
import errno
import os
import signal
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
    KilledError,
    OutOfMemoryError,
    OutputTooLargeError,
    TimedOutError,
)
from bulkpress_engine.options import Level, Limits, PressOptions
from bulkpress_engine.sandbox import Sandbox, SandboxError
from bulkpress_engine.sandbox.endings import result_of
from bulkpress_engine.sandbox.wire import Ending
from tests.support.misbehaving_press import ENTRY_POINT
from tests.support.sandboxes import children, names_in, source_that_says
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("sandbox")  # they share one warm sandbox

LIMITS = Limits(seconds=30, cpu_seconds=1, memory_bytes=256 * 2**20, output_bytes=8 * 2**20)


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
        ("be killed", KilledError, "killed from outside"),  # as the kernel does when memory is short
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
        result_of(Ending(status=signal.SIGKILL, answer='{"report": {"resu', said=""), LIMITS)


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
