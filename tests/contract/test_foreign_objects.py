"""What every adapter of ForeignObjects promises, tried on the real S3 server and on the one that tests have instead."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bulkpress_core.adapters.s3_foreign import S3ForeignObjects
from bulkpress_core.domain.errors import ObjectNotFoundError, StoreUnavailableError
from bulkpress_core.domain.origins import S3Place
from bulkpress_core.ports.foreign_objects import ForeignObjects
from tests.contract.conftest import S3_SERVERS
from tests.support.memory_foreign import MemoryForeignObjects
from tests.support.s3 import S3Bucket, bucket_on

Put = Callable[[str, bytes], S3Place]


@pytest.fixture(params=["memory", *S3_SERVERS])
def foreign(request: pytest.FixtureRequest) -> Iterator[tuple[ForeignObjects, Put]]:
    """The adapter, and how its users put an object where they want it."""
    if request.param == "memory":
        memory = MemoryForeignObjects()

        def remember(key: str, content: bytes) -> S3Place:
            place = S3Place("archive", key)
            memory.content[place.url] = content
            return place

        yield memory, remember
        return
    with bucket_on(request.getfixturevalue(request.param)) as bucket:

        def put(key: str, content: bytes) -> S3Place:
            bucket.client.put_object(Bucket=bucket.name, Key=key, Body=content)
            return S3Place(bucket.name, key)

        yield S3ForeignObjects(bucket.client, part_size_bytes=5 * 2**20), put


def test_a_list_has_all_below_a_prefix_with_sizes_and_no_folders(foreign: tuple[ForeignObjects, Put]) -> None:
    objects, put = foreign
    places = [put(key, b"x" * size) for size, key in enumerate(("in/a.pdf", "in/b c/\u00fc+%20.pdf", "in/c.txt"))]
    for key in ("in/", "in/b c/", "inside.pdf", "out/d.pdf"):
        put(key, b"")
    prefix = S3Place(places[0].bucket, "in/")
    assert [(found.place, found.size_bytes) for found in objects.listed(prefix)] == [
        (place, size) for size, place in enumerate(places)
    ]


def test_an_empty_key_stands_for_the_whole_bucket(foreign: tuple[ForeignObjects, Put]) -> None:
    objects, put = foreign
    place = put("a.pdf", b"x")
    assert [found.place for found in objects.listed(S3Place(place.bucket, ""))] == [place]


def test_a_list_of_nothing_is_empty(foreign: tuple[ForeignObjects, Put]) -> None:
    objects, put = foreign
    assert list(objects.listed(S3Place(put("a.pdf", b"x").bucket, "none/"))) == []


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"x" * 1_000_000])
def test_an_object_is_read_as_it_was_put(foreign: tuple[ForeignObjects, Put], content: bytes) -> None:
    objects, put = foreign
    assert b"".join(objects.read(put("a/\u00fc b.pdf", content))) == content


def test_what_is_not_there_is_told_before_anything_is_read(foreign: tuple[ForeignObjects, Put]) -> None:
    objects, put = foreign
    bucket = put("a.pdf", b"x").bucket
    with pytest.raises(ObjectNotFoundError):
        objects.read(S3Place(bucket, "b.pdf"))


@pytest.mark.parametrize("size", [0, 100, 6 * 2**20])  # the last goes up in parts
def test_a_file_is_stored_whole_and_takes_the_place_of_what_was_there(
    foreign: tuple[ForeignObjects, Put], tmp_path: Path, size: int
) -> None:
    objects, put = foreign
    place = put("out/a.pdf", b"before")
    path = tmp_path / "result"
    path.write_bytes(b"x" * size)
    assert objects.store(path, place) == size
    assert b"".join(objects.read(place)) == b"x" * size
    assert [found.size_bytes for found in objects.listed(S3Place(place.bucket, "out/"))] == [size]


def test_lists_of_s3_go_on_over_pages(s3_bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        s3_bucket.client.put_object(Bucket=s3_bucket.name, Key=f"in/{number}.pdf", Body=b"")
    asked = 0

    def two_at_once(params: dict[str, object], **_: object) -> None:
        nonlocal asked
        asked += 1
        params["MaxKeys"] = 2

    s3_bucket.client.meta.events.register("before-parameter-build.s3.ListObjectsV2", two_at_once)
    found = S3ForeignObjects(s3_bucket.client).listed(S3Place(s3_bucket.name, "in/"))
    next(found)
    assert asked == 1  # the next page is asked for when it is needed
    assert len(list(found)) == 6
    assert asked == 4


def test_a_bucket_that_is_not_there_may_be_there_later(s3_bucket: S3Bucket, tmp_path: Path) -> None:
    objects, place = S3ForeignObjects(s3_bucket.client), S3Place("no-such-bucket", "a/")
    (tmp_path / "result").write_bytes(b"x")
    with pytest.raises(StoreUnavailableError):
        list(objects.listed(place))
    with pytest.raises(StoreUnavailableError):
        objects.store(tmp_path / "result", place)
