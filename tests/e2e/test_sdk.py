"""What README and the how-to show of the SDK, run word for word on a running system."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bulkpress_client import AsyncClient, Client
from tests.e2e.test_local_stack import record_of, up
from tests.support.pdf_factory import features, images

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "docs" / "how-to" / "follow-a-job.md")
MOST_LINES = 10


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a system that `bulkpress up` runs."""
    home = tmp_path_factory.mktemp("sdk") / "home"
    with up(home):
        yield record_of(home).addresses["gateway"]


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that the pages speak of, in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.pdf").write_bytes(images.photo_jpeg(900, 700))
    (tmp_path / "b.pdf").write_bytes(features.form())
    return [tmp_path / "a.pdf", tmp_path / "b.pdf"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_from_files_to_results_in_ten_lines_as_the_page_has_it(
    url: str, paths: list[Path], page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL)
    assert len([line for line in program.splitlines() if line.strip()]) <= MOST_LINES
    exec(program.replace("http://127.0.0.1:8000", url), {})  # noqa: S102 - the page's own lines
    results = {path.name: path.stat().st_size for path in (tmp_path / "smaller").iterdir()}
    assert all(0 < results[path.name] < path.stat().st_size for path in paths)
    if page.name != "README.md":
        assert "file.done a.pdf compressed" in capsys.readouterr().out


@pytest.mark.usefixtures("paths")
def test_a_file_is_analysed_by_both_clients(url: str) -> None:
    async def asked() -> object:
        async with AsyncClient(url) as client:
            return (await client.analyze("a.pdf"))["composition"]

    with Client(url) as client:
        audit = client.analyze("a.pdf")
    assert audit["estimates"]["high"]["size_bytes"] < audit["size_bytes"]
    assert asyncio.run(asked()) == audit["composition"]
