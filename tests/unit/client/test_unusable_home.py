"""`bulkpress up` and `down` where the home cannot be: one sentence that names it, and what to do."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bulkpress_client.local.down import command as down
from bulkpress_client.local.errors import HomeUnusableError
from bulkpress_client.local.options import StackOptions
from bulkpress_client.local.stack import LocalStack


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A place below a file, where no folder can be made: not by root either."""
    (tmp_path / "file").touch()
    return tmp_path / "file" / "home"


def test_up_says_where_it_cannot_work_and_why(home: Path) -> None:
    with (
        pytest.raises(HomeUnusableError, match=f"cannot work in {home}: Not a directory"),
        LocalStack(StackOptions(home), {}),
    ):
        pass


def test_down_finds_nothing_running_there(home: Path) -> None:
    result = CliRunner().invoke(down, ["--home", str(home)])
    assert (result.exit_code, result.output) == (0, f"Nothing runs in {home}.\n")
