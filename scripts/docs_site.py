"""What `make docs` adds to docs/: pages that lie elsewhere in the repository, and the API from its OpenAPI document."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import normpath, relpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
# Where pages of the site lie in the repository; all others are in docs/ under the name they have in the site.
ELSEWHERE = {
    "index.md": "README.md",
    "project/changelog.md": "CHANGELOG.md",
    "project/contributing.md": "CONTRIBUTING.md",
    "project/security.md": "SECURITY.md",
    "reference/chart.md": "charts/bulkpress/README.md",
}
LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)")
API_PAGE = "reference/api.md"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from elsewhere."""
    for page, source in ELSEWHERE.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text()))
    files.append(File.generated(config, API_PAGE, content="\n".join(api_page())))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Let links lead to where their pages are in the site."""
    here = page.file.src_uri
    place = ELSEWHERE.get(here, f"docs/{here}")
    return LINK.sub(lambda found: _in_site(found[1], place, here), markdown)


def _in_site(link: str, place: str, here: str) -> str:
    wanted = normpath(f"{place}/../{link}")
    sites = {source: page for page, source in ELSEWHERE.items()}
    target = sites.get(wanted) or wanted.removeprefix("docs/")
    return relpath(target, f"{here}/..") if target != wanted or wanted in sites else link


def api_page() -> Iterator[str]:
    """A section for each operation, in the order of the OpenAPI document."""
    document: dict[str, Any] = json.loads((ROOT / "docs" / "reference" / "openapi.json").read_text())
    yield "# API"
    yield ""
    yield "Made from [openapi.json](openapi.json), which a running gateway serves at `/openapi.json`, with a page"
    yield "to try it at `/docs`. Errors are problem documents (RFC 9457) whose `code` never changes its meaning."
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield from _operation(method, path, operation)


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield from (
        "",
        f"## {operation['summary']}",
        "",
        f"`{method.upper()} {path}`",
        "",
        operation.get("description", ""),
    )
    if parameters := operation.get("parameters"):
        yield from ("", "| parameter | in | |", "| --- | --- | --- |")
        for one in parameters:
            told = " ".join(one.get("description", "").split()).replace("|", "\\|")
            yield f"| `{one['name']}` | {one['in']} | {told}{' Required.' if one.get('required') else ''} |"
    yield from ("", "| status | |", "| --- | --- |")
    for status, answer in operation["responses"].items():
        yield f"| {status} | {' '.join(answer.get('description', '').split())} |"
