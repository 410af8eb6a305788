"""Scratch folders: private, and gone."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from compression_worker.scratch import PREFIX, Scratch


def dead_pid() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_folder_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with Scratch(tmp_path).folder() as folder:
        (folder / "source.pdf").write_bytes(b"secret")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_gone_after_an_error_too(tmp_path: Path) -> None:
    def fail() -> None:
        with Scratch(tmp_path).folder() as folder:
            (folder / "source.pdf").touch()
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_removes_what_dead_processes_left_and_nothing_else(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    left = tmp_path / f"{PREFIX}{dead_pid()}-abc"
    left.mkdir()
    (left / "source.pdf").write_bytes(b"secret")
    ours = scratch.make()
    foreign = tmp_path / "bulkpress-notes-of-a-person"
    foreign.mkdir()
    assert scratch.sweep() == 1
    assert sorted(tmp_path.iterdir()) == sorted([ours, foreign])


def test_a_folder_of_another_living_process_stays(tmp_path: Path) -> None:
    parent = tmp_path / f"{PREFIX}{os.getppid()}-abc"
    parent.mkdir()
    assert Scratch(tmp_path).sweep() == 0
    assert parent.is_dir()
