"""What every object store promises: whole objects or none, bounded memory, bytes as they were, prefixes deleted."""

import os
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest

from bulkpress_core.domain.errors import ObjectNotFoundError
from bulkpress_core.ports.object_store import READ_CHUNK_BYTES, ObjectStore

KEY = "tenant/job/source/0.pdf"
PART = 5 * 2**20  # the part size of the S3 store under test


def put(objects: ObjectStore, key: str, body: bytes = b"x") -> None:
    with objects.writer(key) as writer:
        writer.write(body)
        writer.commit()


def content(objects: ObjectStore, key: str = KEY) -> bytes:
    return b"".join(objects.read(key))


class TestWriting:
    @pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 12345])
    def test_an_object_of_any_size_is_read_back_as_it_was_written(self, objects: ObjectStore, size: int) -> None:
        body = os.urandom(size)
        with objects.writer(KEY) as writer:
            for start in range(0, size, 700_001):  # pieces that fit no part
                writer.write(body[start : start + 700_001])
            assert writer.commit() == size
        assert content(objects) == body
        assert objects.size(KEY) == size

    def test_one_write_may_hold_many_parts(self, objects: ObjectStore) -> None:
        body = os.urandom(2 * PART + 1)
        put(objects, KEY, body)
        assert content(objects) == body

    @pytest.mark.parametrize("size", [10, PART + 10])
    def test_nothing_is_visible_before_commit(self, objects: ObjectStore, size: int) -> None:
        with objects.writer(KEY) as writer:
            writer.write(b"x" * size)
            with pytest.raises(ObjectNotFoundError):
                objects.read(KEY)
            assert list(objects.keys("tenant/")) == []
            writer.commit()
        assert list(objects.keys("tenant/")) == [KEY]

    @pytest.mark.parametrize("size", [10, PART + 10])
    def test_leaving_without_commit_discards_all(self, objects: ObjectStore, size: int) -> None:
        put(objects, KEY, b"before")
        with objects.writer(KEY) as writer:
            writer.write(b"x" * size)
        with suppress(KeyboardInterrupt), objects.writer(KEY) as writer:
            writer.write(b"x" * size)
            raise KeyboardInterrupt
        assert content(objects) == b"before"
        assert list(objects.keys("tenant/")) == [KEY]

    @pytest.mark.parametrize("size", [10, PART + 10])
    def test_an_object_is_replaced_whole(self, objects: ObjectStore, size: int) -> None:
        put(objects, KEY, b"y" * (PART + 99))
        put(objects, KEY, b"x" * size)
        assert content(objects) == b"x" * size

    def test_memory_stays_bounded_however_much_is_written(self, objects: ObjectStore) -> None:
        chunk = os.urandom(2**20)
        with objects.writer(KEY) as writer:
            tracemalloc.start()
            try:
                for _ in range(40):
                    writer.write(chunk)
                writer.commit()
                peak_bytes = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        assert peak_bytes < 4 * PART  # one that fills and two on their way
        assert objects.size(KEY) == 40 * 2**20


class TestReading:
    def test_chunks_are_bounded(self, objects: ObjectStore) -> None:
        put(objects, KEY, b"x" * (3 * READ_CHUNK_BYTES + 1))
        sizes = [len(chunk) for chunk in objects.read(KEY)]
        assert max(sizes) <= READ_CHUNK_BYTES
        assert sum(sizes) == 3 * READ_CHUNK_BYTES + 1
        assert min(sizes) > 0

    def test_an_empty_object_has_no_chunks(self, objects: ObjectStore) -> None:
        put(objects, KEY, b"")
        assert list(objects.read(KEY)) == []

    @pytest.mark.parametrize(
        "start", [1, READ_CHUNK_BYTES - 1, READ_CHUNK_BYTES, READ_CHUNK_BYTES + 1, 2 * READ_CHUNK_BYTES + 4]
    )
    def test_it_may_begin_anywhere(self, objects: ObjectStore, start: int) -> None:
        body = os.urandom(2 * READ_CHUNK_BYTES + 5)
        put(objects, KEY, body)
        assert b"".join(objects.read(KEY, start=start)) == body[start:]

    @pytest.mark.parametrize("size", [0, 5])
    @pytest.mark.parametrize("beyond", [0, 1, 1000])
    def test_from_the_end_on_there_is_nothing(self, objects: ObjectStore, size: int, beyond: int) -> None:
        put(objects, KEY, b"x" * size)
        assert list(objects.read(KEY, start=size + beyond)) == []

    @pytest.mark.parametrize("size", [0, 1, 9, 10, 11, READ_CHUNK_BYTES + 1])
    def test_the_head_is_as_much_as_was_asked_for_or_all_there_is(self, objects: ObjectStore, size: int) -> None:
        body = os.urandom(size)
        put(objects, KEY, body)
        assert objects.head(KEY, 10) == body[:10]

    def test_what_is_not_there_has_no_head(self, objects: ObjectStore) -> None:
        put(objects, "tenant/job/other.pdf")
        for key in (KEY, "tenant/job"):
            with pytest.raises(ObjectNotFoundError):
                objects.head(key, 10)

    def test_what_is_not_there_is_told_at_once_also_when_begun_later(self, objects: ObjectStore) -> None:
        with pytest.raises(ObjectNotFoundError):
            objects.read(KEY, start=5)

    def test_the_first_chunk_is_there_when_read_returns(self, objects: ObjectStore) -> None:
        put(objects, KEY, b"bytes")
        chunks = objects.read(KEY)
        objects.delete_prefix("tenant/")
        assert list(chunks) == [b"bytes"]

    def test_a_reader_may_stop_in_the_middle(self, objects: ObjectStore) -> None:
        put(objects, KEY, b"x" * (3 * READ_CHUNK_BYTES))
        chunks = objects.read(KEY)
        assert next(chunks)
        del chunks  # an open file or connection left behind would be a ResourceWarning, which is an error here
        assert objects.size(KEY) == 3 * READ_CHUNK_BYTES

    @pytest.mark.parametrize("key", [KEY, "tenant", "tenant/job"])
    def test_what_is_not_there_is_told_at_once(self, objects: ObjectStore, key: str, tmp_path: Path) -> None:
        put(objects, "tenant/job/other.pdf")
        with pytest.raises(ObjectNotFoundError):
            objects.read(key)
        with pytest.raises(ObjectNotFoundError):
            objects.size(key)
        with pytest.raises(ObjectNotFoundError):
            objects.fetch(key, tmp_path / "new")
        assert not (tmp_path / "new").exists()


class TestLocalFiles:
    def test_fetching_copies_into_a_new_file(self, objects: ObjectStore, tmp_path: Path) -> None:
        body = os.urandom(PART + 7)
        put(objects, KEY, body)
        assert objects.fetch(KEY, tmp_path / "new") == len(body)
        assert (tmp_path / "new").read_bytes() == body

    def test_fetching_never_overwrites(self, objects: ObjectStore, tmp_path: Path) -> None:
        put(objects, KEY)
        (tmp_path / "old").write_bytes(b"mine")
        with pytest.raises(FileExistsError):
            objects.fetch(KEY, tmp_path / "old")
        assert (tmp_path / "old").read_bytes() == b"mine"

    @pytest.mark.parametrize("size", [0, 10, PART + 10])
    def test_storing_copies_a_file_and_replaces_the_object(
        self, objects: ObjectStore, tmp_path: Path, size: int
    ) -> None:
        put(objects, KEY, b"before")
        path = tmp_path / "local"
        path.write_bytes(os.urandom(size))
        assert objects.store(path, KEY) == size
        assert content(objects) == path.read_bytes()

    def test_storing_a_file_that_is_not_there_harms_nothing(self, objects: ObjectStore, tmp_path: Path) -> None:
        put(objects, KEY, b"before")
        with pytest.raises(FileNotFoundError):
            objects.store(tmp_path / "absent", KEY)
        assert content(objects) == b"before"


class TestPrefixes:
    KEYS = ("t/a/10.pdf", "t/a/2.pdf", "t/a/x-1/b", "t/a/x/b", "t/a/x0", "t/ab/1.pdf", "u/a/1.pdf")

    @pytest.fixture
    def filled(self, objects: ObjectStore) -> ObjectStore:
        for key in reversed(self.KEYS):
            put(objects, key)
        return objects

    def test_keys_are_those_below_the_prefix_in_the_order_of_their_bytes(self, filled: ObjectStore) -> None:
        assert list(filled.keys("t/a/")) == ["t/a/10.pdf", "t/a/2.pdf", "t/a/x-1/b", "t/a/x/b", "t/a/x0"]
        assert list(filled.keys("t/")) == list(self.KEYS[:6])
        assert list(filled.keys("none/")) == []

    def test_deleting_a_prefix_deletes_all_below_it_and_nothing_else(self, filled: ObjectStore) -> None:
        assert filled.delete_prefix("t/a/") == 5
        assert list(filled.keys("t/")) == ["t/ab/1.pdf"]
        assert list(filled.keys("u/")) == ["u/a/1.pdf"]
        assert filled.delete_prefix("t/a/") == 0
        assert filled.delete_prefix("none/") == 0

    def test_a_prefix_of_many_pages_is_listed_and_deleted_whole(self, objects: ObjectStore) -> None:
        keys = [f"t/many/{number:02}.pdf" for number in range(25)]  # the S3 server under test lists 10 at a time
        for key in keys:
            put(objects, key)
        assert list(objects.keys("t/many/")) == keys
        assert objects.delete_prefix("t/many/") == 25
        assert list(objects.keys("t/many/")) == []

    @pytest.mark.parametrize("prefix", ["", "t", "t/a"])
    def test_a_prefix_that_could_match_half_a_name_is_refused(self, filled: ObjectStore, prefix: str) -> None:
        with pytest.raises(ValueError, match="end in '/'"):
            filled.delete_prefix(prefix)
        with pytest.raises(ValueError, match="end in '/'"):
            list(filled.keys(prefix))
        assert len(list(filled.keys("t/"))) == 6


def test_a_store_that_can_be_read_and_written_passes_its_check(objects: ObjectStore) -> None:
    objects.check()
    objects.check()
    assert list(objects.keys("tenant/")) == []


class TestCopying:
    @pytest.mark.parametrize("size", [0, 10, PART + 10])
    def test_a_copy_has_the_same_bytes_and_outlives_its_original(self, objects: ObjectStore, size: int) -> None:
        body = os.urandom(size)
        put(objects, KEY, body)
        assert objects.copy(KEY, "tenant/other/result/0.pdf") == size
        objects.delete(KEY)
        assert content(objects, "tenant/other/result/0.pdf") == body

    def test_it_replaces_what_is_there(self, objects: ObjectStore) -> None:
        put(objects, KEY, b"new")
        put(objects, "tenant/job/result/0.pdf", b"old")
        objects.copy(KEY, "tenant/job/result/0.pdf")
        assert content(objects, "tenant/job/result/0.pdf") == b"new"

    def test_what_is_not_there_cannot_be_copied(self, objects: ObjectStore) -> None:
        with pytest.raises(ObjectNotFoundError):
            objects.copy(KEY, "tenant/job/result/0.pdf")
        assert list(objects.keys("tenant/")) == []


def test_one_object_is_deleted_and_deleting_it_again_is_no_error(objects: ObjectStore) -> None:
    put(objects, KEY)
    put(objects, KEY + "2")
    objects.delete(KEY)
    objects.delete(KEY)
    assert list(objects.keys("tenant/")) == [KEY + "2"]


@pytest.mark.parametrize("start", [0, 1, 300_000, 600_000, 600_001, 10**9])
def test_an_object_is_read_from_anywhere_and_past_its_end_there_is_nothing(objects: ObjectStore, start: int) -> None:
    content = bytes(range(251)) * 2391  # 600,141 bytes
    with objects.writer("t/j/a") as writer:
        writer.write(content)
        writer.commit()
    assert b"".join(objects.read("t/j/a", start=start)) == content[start:]
    with pytest.raises(ObjectNotFoundError):
        objects.read("t/j/none", start=start)
