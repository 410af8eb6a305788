"""The commands that talk to a gateway, on a running system."""

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_local_stack import BULKPRESS, record_of, up
from tests.support.pdf_factory import features, images

LIMIT_S = 90


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a system that `bulkpress up` runs."""
    home = tmp_path_factory.mktemp("cli") / "home"
    with up(home):
        yield record_of(home).addresses["gateway"]


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, with no settings but these."""
    plain = {name: value for name, value in os.environ.items() if "BULKPRESS" not in name}
    return subprocess.run(
        [BULKPRESS, *map(str, arguments)],
        env=plain | environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tree of two sound PDFs."""
    (tmp_path / "in" / "2024").mkdir(parents=True)
    (tmp_path / "in" / "photo.pdf").write_bytes(images.photo_jpeg(900, 700))
    (tmp_path / "in" / "2024" / "form.pdf").write_bytes(features.form())
    return tmp_path / "in"


def test_a_folder_comes_back_smaller_with_its_tree(url: str, folder: Path, tmp_path: Path) -> None:
    done = run("submit", folder, "--level", "high", "-o", tmp_path / "out", "--server", url)
    assert done.returncode == 0, done.stderr
    assert "2 compressed, 0 kept, 0 failed" in done.stdout
    for name in ("photo.pdf", "2024/form.pdf"):
        assert 0 < (tmp_path / "out" / name).stat().st_size < (folder / name).stat().st_size


def test_failures_are_named_and_told_by_the_exit_code(url: str, folder: Path, tmp_path: Path) -> None:
    (folder / "no.pdf").write_bytes(b"no PDF")
    done = run("submit", folder, "--wait", "-o", tmp_path / "out", BULKPRESS_SERVER=url)
    assert done.returncode == 1
    assert "no.pdf: The file is not a PDF" in done.stderr
    assert "(not_a_pdf)" in done.stderr
    assert (tmp_path / "out" / "photo.pdf").exists()


def test_a_job_is_handed_in_watched_listed_fetched_retried_and_cancelled(
    url: str, folder: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'server = "{url}"\n')
    job_id = run("submit", folder, "--set", "grayscale=true", BULKPRESS_CONFIG=str(config)).stdout.strip()
    watched = run("watch", job_id, "--json", BULKPRESS_CONFIG=str(config))
    events = [json.loads(line) for line in watched.stdout.splitlines()]
    assert watched.returncode == 0
    assert [one["event"] for one in events] == ["job.opened", "file.done", "file.done", "job.finished"]
    listed = run("jobs", "--status", "finished", "--limit", 1, "--json", BULKPRESS_CONFIG=str(config))
    assert json.loads(listed.stdout)["job_id"] == job_id
    assert job_id in run("jobs", BULKPRESS_CONFIG=str(config)).stdout
    fetched = run("download", job_id, "--file", 0, "-o", tmp_path / "one", BULKPRESS_CONFIG=str(config))
    assert Path(fetched.stdout.strip()).read_bytes().startswith(b"%PDF")
    for act in ("retry", "cancel"):
        done = run(act, job_id, BULKPRESS_CONFIG=str(config))
        assert (done.returncode, done.stdout.strip()) == (0, f"{job_id}: finished, 2 of 2 files ended")


def test_the_same_key_is_the_same_job(url: str, folder: Path) -> None:
    first, second = (run("submit", folder, "--key", "monday", "--server", url).stdout for _ in range(2))
    assert first == second != ""


def test_on_a_terminal_a_bar_shows_how_far_it_is(url: str, folder: Path) -> None:
    main, side = pty.openpty()
    command = [BULKPRESS, "submit", str(folder), "--wait", "--server", url]
    with subprocess.Popen(command, stdout=side, stderr=side) as process:
        os.close(side)
        shown = b""
        while True:
            try:
                piece = os.read(main, 4096)
            except OSError:  # how Linux says that the other side is gone
                break
            if not piece:
                break
            shown += piece
        assert process.wait(LIMIT_S) == 0
    os.close(main)
    assert b"Compressing" in shown
    assert b"2 compressed, 0 kept, 0 failed" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["watch", "0" * 32], 3, "job_not_found"),
        (["download", "0" * 32], 3, "job_not_found"),
        (["submit"], 2, "one of the three"),
        (["submit", "--url", "https://files.example/a.pdf", "--s3", "s3://bucket/"], 2, "one of the three"),
        (["submit", "--url", "https://files.example/a.pdf", "--target", "s3://bucket/"], 2, "goes with --s3"),
        (["submit", "--url", "https://files.example/a.pdf", "--set", "grayscale"], 2, "OPTION=VALUE"),
        (["submit", "--url", "https://files.example/a.pdf", "--set", "colour=blue"], 3, "colour"),
        (["submit", "--s3", "s3://bucket/"], 3, "prefix_not_allowed"),
    ],
)
def test_what_is_refused_says_why(url: str, arguments: list[str], code: int, told: str) -> None:
    done = run(*arguments, BULKPRESS_SERVER=url)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr


def test_the_doctor_finds_a_sound_system_sound(url: str) -> None:
    done = run("doctor", "--server", url)
    assert done.returncode == 0, done.stdout
    looked_at = [line.partition(":")[0] for line in done.stdout.splitlines()]
    assert looked_at == [
        f"ok   {what}" for what in ("Bulkpress", "engine", "JBIG2", "scratch space", "gateway", "access")
    ]


def test_the_doctor_says_how_to_mend_what_is_not() -> None:
    done = run("doctor", "--server", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert "BAD  gateway: no answer from http://127.0.0.1:9" in done.stdout
    assert "make up" in done.stdout


def test_a_gateway_that_is_not_there_is_told_of() -> None:
    done = run("jobs", "--server", "http://127.0.0.1:9")
    assert (done.returncode, "no answer from http://127.0.0.1:9" in done.stderr) == (4, True)


@pytest.mark.parametrize("wrong", ["server = 7", "host = 'x'", "server ="])
def test_a_configuration_that_cannot_be_used_is_told_of(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "config.toml").write_text(wrong)
    done = run("jobs", BULKPRESS_CONFIG=str(tmp_path / "config.toml"))
    assert (done.returncode, str(tmp_path) in done.stderr) == (2, True)
