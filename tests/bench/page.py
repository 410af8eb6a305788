"""The page that benchmarks write their tables into, each between markers of its own."""

from pathlib import Path

EMPTY_PAGE = "# Benchmarks\n"


def write_between_markers(page: Path, name: str, text: str) -> None:
    """Put the text between the page's markers of that name; a page without them gets them at its end."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    page.parent.mkdir(parents=True, exist_ok=True)
    old = page.read_text() if page.exists() else EMPTY_PAGE
    if begin not in old:
        old += f"\n{begin}\n{end}\n"
    head, rest = old.split(begin, 1)
    _, tail = rest.split(end, 1)
    page.write_text(f"{head}{begin}\n{text}\n{end}{tail}")
