"""The text that a reader can select and search, page by page."""

from collections.abc import Iterable, Iterator

from bulkpress_engine.verification.aspects import Aspect
from bulkpress_engine.verification.drawing import Drawing, UndrawableError

PAGE_CHARS = 50_000
DOCUMENT_CHARS = 3_000_000


def compare_text(ours: Drawing, theirs: Drawing, pages: Iterable[int]) -> Iterator[str]:
    """A finding if the text of any of `pages` differs; pages that yield none in the source are skipped."""
    differing, left = [], DOCUMENT_CHARS
    for number in pages:
        if left <= 0:
            break
        try:
            text = ours.text(number, PAGE_CHARS)
        except UndrawableError:
            continue
        left -= len(text)
        try:
            if text != theirs.text(number, PAGE_CHARS):
                differing.append(number + 1)
        except UndrawableError:
            differing.append(number + 1)
    if differing:
        yield f"{Aspect.TEXT}: differs on {len(differing)} pages, first on page {differing[0]}"
