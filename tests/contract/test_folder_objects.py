"""What the folder object store promises beyond the port: private, tidy, inside its root, clear about a full disk."""

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from bulkpress_core.adapters.folder_objects import FolderObjectStore
from bulkpress_core.domain.errors import StoreUnavailableError
from bulkpress_core.ports.object_store import ObjectStore

KEY = "tenant/job/source/0.pdf"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the store keeps its objects; not made yet."""
    return tmp_path / "deep" / "store"


@pytest.fixture
def objects(root: Path) -> FolderObjectStore:
    """An empty store."""
    return FolderObjectStore(root)


def put(objects: FolderObjectStore, key: str = KEY, body: bytes = b"x") -> None:
    with objects.writer(key) as writer:
        writer.write(body)
        writer.commit()


def below(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../outside",
        "tenant/../../outside",
        "tenant/./a",
        "tenant//a",
        "a\\b",
        "a\0b",
        "t/.hidden",
        "t/",
    ],
)
def test_a_key_that_could_leave_the_root_is_refused(objects: FolderObjectStore, root: Path, key: str) -> None:
    for use in (lambda: put(objects, key), lambda: objects.read(key), lambda: objects.size(key)):
        with pytest.raises(ValueError, match="no object key"):
            use()
    with pytest.raises(ValueError, match="object key"):
        objects.delete_prefix(f"{key}/")
    assert not root.parent.exists()


def test_objects_are_for_this_users_eyes_only(objects: FolderObjectStore, root: Path) -> None:
    put(objects)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [root, *root.rglob("*")]}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_deleting_leaves_no_empty_folders(objects: FolderObjectStore, root: Path) -> None:
    put(objects)
    put(objects, "other/job/source/0.pdf")
    objects.delete_prefix("tenant/job/")
    assert below(root) == ["other", "other/job", "other/job/source", "other/job/source/0.pdf"]
    objects.delete_prefix("other/job/")
    assert root.is_dir()
    assert below(root) == []


def test_deleting_removes_what_a_crash_left_unfinished_but_does_not_count_it(
    objects: FolderObjectStore, root: Path
) -> None:
    put(objects)
    with objects.writer("tenant/job/source/1.pdf") as writer:
        writer.write(b"half")
        assert list(objects.keys("tenant/")) == [KEY]
        assert objects.delete_prefix("tenant/job/") == 1
        assert below(root) == []
        with pytest.raises(StoreUnavailableError):  # the job was deleted: its result must not come back
            writer.commit()
    assert below(root) == []


def test_a_full_disk_is_named_as_the_cause_and_leaves_nothing(
    objects: FolderObjectStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    put(objects, body=b"before")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StoreUnavailableError, match=r"No space left on device.*free some space"):
            put(objects, body=b"after")
    assert b"".join(objects.read(KEY)) == b"before"
    assert [path.name for path in root.rglob("*") if path.is_file()] == ["0.pdf"]


def test_a_root_that_cannot_be_a_folder_fails_the_check(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    objects = FolderObjectStore(tmp_path / "file")
    with pytest.raises(StoreUnavailableError, match="BULKPRESS_STORE"):
        objects.check()
    with pytest.raises(StoreUnavailableError, match="BULKPRESS_STORE"):
        put(objects)


def test_a_passed_check_leaves_nothing(objects: FolderObjectStore, root: Path) -> None:
    objects.check()
    assert below(root) == []


def test_pruning_folders_never_takes_them_from_under_a_writer(objects: FolderObjectStore) -> None:
    def write_and_delete(job: int) -> int:
        for _ in range(15):  # each deletion leaves `tenant/` empty now and then, and prunes it
            put(objects, f"tenant/{job}/source/0.pdf")
            assert objects.delete_prefix(f"tenant/{job}/") == 1
        return job

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(write_and_delete, range(8))) == list(range(8))


def test_a_folder_has_no_urls(objects: FolderObjectStore) -> None:
    store: ObjectStore = objects
    put(objects)
    assert store.presigned_get(KEY, expires_in=timedelta(minutes=5), file_name="a.pdf") is None
    assert store.direct_uploads is None
