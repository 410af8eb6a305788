"""Putting a result in the place of its source."""

import os
from pathlib import Path

import pytest

from bulkpress_client.batch.replacing import BackupExistsError, SourceChangedError, draft_beside, replace, stamp_of


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file that somebody may read, and nobody else."""
    path = tmp_path / "a.pdf"
    path.write_bytes(b"original")
    path.chmod(0o600)
    return path


def drafted(source: Path) -> Path:
    draft = draft_beside(source)
    draft.write_bytes(b"result")
    return draft


@pytest.mark.parametrize("keeps_original", [True, False])
def test_the_result_is_there_with_the_mode_of_the_source(source: Path, *, keeps_original: bool) -> None:
    replace(source, drafted(source), stamp=stamp_of(source), keeps_original=keeps_original)
    assert (source.read_bytes(), source.stat().st_mode & 0o777) == (b"result", 0o600)
    others = {path.name: path.read_bytes() for path in source.parent.iterdir() if path != source}
    assert others == ({"a.pdf.orig": b"original"} if keeps_original else {})


def test_without_links_the_original_is_copied(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    replace(source, drafted(source), stamp=stamp_of(source), keeps_original=True)
    backup = source.with_name("a.pdf.orig")
    assert (backup.read_bytes(), backup.stat().st_mode & 0o777) == (b"original", 0o600)
    again = drafted(source)
    with pytest.raises(BackupExistsError, match="is there already"):
        replace(source, again, stamp=stamp_of(source), keeps_original=True)
    assert (source.read_bytes(), backup.read_bytes()) == (b"result", b"original")


def test_what_was_written_meanwhile_is_not_lost(source: Path) -> None:
    stamp = stamp_of(source)
    source.write_bytes(b"a new version")
    with pytest.raises(SourceChangedError, match="press it again"):
        replace(source, drafted(source), stamp=stamp, keeps_original=True)
    assert source.read_bytes() == b"a new version"


def test_a_file_that_was_put_in_its_place_meanwhile_is_not_lost(source: Path) -> None:
    stamp = stamp_of(source)
    other = source.with_name("other.pdf")
    other.write_bytes(b"original")
    other.replace(source)
    with pytest.raises(SourceChangedError):
        replace(source, drafted(source), stamp=stamp, keeps_original=False)
    assert source.read_bytes() == b"original"
