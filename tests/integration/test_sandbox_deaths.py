"""When a zygote or its caller is killed, nothing that it started or wrote outlives it: real processes, real signals."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bulkpress_engine.errors import KilledError
from bulkpress_engine.options import Limits, PressOptions
from bulkpress_engine.sandbox import Sandbox
from bulkpress_engine.sandbox.wire import Channel, Request
from tests.support.misbehaving_press import ENTRY_POINT
from tests.support.sandboxes import children, is_gone, names_in, source_that_says
from tests.support.waiting import until

LIMITS = Limits(seconds=30, cpu_seconds=1, memory_bytes=256 * 2**20, output_bytes=8 * 2**20)
pytestmark = pytest.mark.xdist_group("sandbox")  # they count the processes below this one


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

    with Sandbox(entry_point=ENTRY_POINT) as mortal, pytest.raises(KilledError, match="from outside"):
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
        "sandbox.result_of = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"  # the child has just ended
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
    control.send(Request(ENTRY_POINT, source, scratch / "target.pdf", scratch, PressOptions(), LIMITS).as_dict())
    assert json.loads(control.receive()["answer"])["result"]["result"] == "pressed"
    control.close()
    assert until(lambda: sum(1 for _ in scratch.glob("*")) < 30_000)
    zygote.send_signal(signal.SIGTERM)
    assert zygote.wait(30) == 0
    assert names_in(tmp_path) == ["source.pdf"]
