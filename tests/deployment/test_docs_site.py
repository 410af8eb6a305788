"""The documentation as a site: built strictly, with all links good, and with nothing from another host."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MKDOCS = str(Path(sys.executable).with_name("mkdocs"))
SOURCES = ("docs", "mkdocs.yml", "scripts/docs_site.py", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
LOADED = re.compile(
    r"<(?:script|img|iframe)[^>]+src=\"(https?:[^\"]+)|<link[^>]+rel=\"?stylesheet[^>]+href=\"(https?:[^\"]+)"
)


def build(root: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of this checkout."""
    command = [MKDOCS, "build", "--strict", "--site-dir", str(site)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the site is made of, to be changed."""
    root = tmp_path / "checkout"
    for source in (*SOURCES, "charts/bulkpress/README.md"):
        (root / source).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, root / source)
    return root


def test_it_is_built_and_loads_nothing_from_another_host(tmp_path: Path) -> None:
    done = build(ROOT, tmp_path / "site")
    assert done.returncode == 0, done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 30
    assert [found for page in pages for found in LOADED.findall(page.read_text())] == []


def test_what_lies_elsewhere_is_linked_to_where_it_is_in_the_site(tmp_path: Path) -> None:
    assert build(ROOT, tmp_path / "site").returncode == 0
    start = (tmp_path / "site" / "index.html").read_text()
    assert 'href="how-to/kubernetes/"' in start
    assert 'href="project/changelog/"' in start
    api = (tmp_path / "site" / "reference" / "api" / "index.html").read_text()
    assert "/api/compress/bulk</code>" in api


@pytest.mark.parametrize("link", ["how-to/nowhere.md", "docs/how-to/kubernetes.md#no-such-heading"])
def test_a_link_that_leads_nowhere_fails_the_build(checkout: Path, tmp_path: Path, link: str) -> None:
    readme = checkout / "README.md"
    readme.write_text(f"{readme.read_text()}\nSee [this]({link}).\n")
    done = build(checkout, tmp_path / "site")
    assert done.returncode != 0
    assert link.removeprefix("docs/").partition("#")[0] in done.stderr


def test_a_page_that_no_list_names_fails_the_build(checkout: Path, tmp_path: Path) -> None:
    (checkout / "docs" / "how-to" / "forgotten.md").write_text("# Forgotten\n")
    assert build(checkout, tmp_path / "site").returncode != 0
