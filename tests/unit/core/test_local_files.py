"""Copies between objects and local files leave a whole file or none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bulkpress_core.adapters.local_files import save_new
from bulkpress_core.domain.disposition import content_disposition
from bulkpress_core.domain.errors import StoreUnavailableError


def test_a_copy_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    def breaks_off() -> Iterator[bytes]:
        yield b"first"
        raise StoreUnavailableError

    with pytest.raises(StoreUnavailableError):
        save_new(breaks_off(), tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.pdf", "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"),
        ("naïve.pdf", "attachment; filename=\"na_ve.pdf\"; filename*=UTF-8''na%C3%AFve.pdf"),
        ('"; x="', "attachment; filename=\"__ x=_\"; filename*=UTF-8''%22%3B%20x%3D%22"),
        ("a\r\nSet-Cookie: b", "attachment; filename=\"a__Set-Cookie_ b\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20b"),
        ("100%.pdf", "attachment; filename=\"100_.pdf\"; filename*=UTF-8''100%25.pdf"),
    ],
)
def test_a_downloads_name_cannot_leave_its_header(name: str, header: str) -> None:
    assert content_disposition(name) == header
