"""Files on their way: never more than one open, whole or not there, and nowhere but in the folder."""

import zipfile
from collections.abc import Iterator
from io import SEEK_END
from pathlib import Path

import pytest

from bulkpress_client import UnsafeArchiveError
from bulkpress_client.sdk.transfer import LateFile, plain_name, plain_path, save, unpack


def zipped(path: Path, *names: str) -> Path:
    """A ZIP whose entries hold their own names."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    return path


def test_a_late_file_tells_its_length_without_being_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"12345")
    late = LateFile(path)
    path.unlink()
    assert (late.seek(0, SEEK_END), late.tell()) == (5, 5)


def test_a_late_file_reads_everything_and_then_again(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"12345")
    late = LateFile(path)
    first = [late.read(2) for _ in range(4)]
    late.seek(0)
    assert (first, late.read()) == ([b"12", b"34", b"5", b""], b"12345")
    late.close()


def test_what_breaks_off_leaves_the_former_file_and_nothing_beside_it(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"new"
        raise ConnectionError

    (tmp_path / "a.pdf").write_bytes(b"old")
    with pytest.raises(ConnectionError):
        save(broken(), tmp_path / "a.pdf")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.pdf", b"old")]


def test_an_archive_is_unpacked_into_the_folder(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", "a.pdf", "Übersicht (2).pdf")
    (tmp_path / "out").mkdir()
    paths = unpack(archive, tmp_path / "out")
    assert [(path.name, path.read_text()) for path in paths] == [
        (name, name) for name in ("a.pdf", "Übersicht (2).pdf")
    ]


def test_folders_of_an_archive_are_made_below_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    paths = unpack(zipped(tmp_path / "a.zip", "2024/Mai/a.pdf", "2024/a.pdf"), tmp_path / "out")
    assert [str(path.relative_to(tmp_path / "out")) for path in paths] == ["2024/Mai/a.pdf", "2024/a.pdf"]
    assert paths[0].read_text() == "2024/Mai/a.pdf"


@pytest.mark.parametrize("name", ["a/../../b.pdf", "a//b.pdf", "/a/b.pdf", "a/C:b.pdf", "a/b\\..\\c.pdf", "a/"])
def test_a_path_that_may_leave_its_folder_is_refused(name: str) -> None:
    with pytest.raises(UnsafeArchiveError):
        plain_path(name)


@pytest.mark.parametrize("name", ["../a.pdf", "/etc/a.pdf", "b/a.pdf", "..\\a.pdf", "C:a.pdf", "..", ""])
def test_a_name_that_is_more_than_a_name_is_refused(name: str) -> None:
    with pytest.raises(UnsafeArchiveError):
        plain_name(name)


def test_one_bad_entry_and_nothing_is_unpacked(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", "a.pdf", "../b.pdf")
    (tmp_path / "out").mkdir()
    with pytest.raises(UnsafeArchiveError):
        unpack(archive, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
