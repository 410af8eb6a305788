"""What the S3 object store promises beyond the port: signed URLs, uploads ended, errors that say what to do."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bulkpress_core.adapters.s3_objects import S3ObjectStore
from bulkpress_core.domain.errors import StoreUnavailableError
from tests.support.s3 import S3Bucket, S3Server

KEY = "tenant/job/source/0.pdf"
PART = 5 * 2**20
SOON = timedelta(minutes=5)
NOBODY = "http://127.0.0.1:9"  # the port of `discard`, where nothing answers


@pytest.fixture
def objects(s3_bucket: S3Bucket) -> S3ObjectStore:
    """A store on the whole bucket."""
    return S3ObjectStore(s3_bucket.client, s3_bucket.name, part_size_bytes=PART)


def put(objects: S3ObjectStore, body: bytes) -> None:
    with objects.writer(KEY) as writer:
        writer.write(body)
        writer.commit()


def unfinished_uploads(bucket: S3Bucket) -> list[str]:
    reply = bucket.client.list_multipart_uploads(Bucket=bucket.name)
    return [upload["Key"] for upload in reply.get("Uploads", ())]


def ask(url: str, *, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes, str | None]:
    """Status, body and Content-Disposition that anyone with the URL gets."""
    request = urllib.request.Request(url, data=body, method=method)  # noqa: S310 - the test server's own address
    try:
        with urllib.request.urlopen(request) as reply:  # noqa: S310 - as above
            return reply.status, reply.read(), reply.headers["Content-Disposition"]
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, b"", None


class TestPresigned:
    def test_a_get_url_reads_the_object_under_the_name_given(self, objects: S3ObjectStore) -> None:
        put(objects, b"%PDF-1.7 result")
        url = objects.presigned_get(KEY, expires_in=SOON, file_name='été "final".pdf')
        disposition = "attachment; filename=\"_t_ _final_.pdf\"; filename*=UTF-8''%C3%A9t%C3%A9%20%22final%22.pdf"
        assert ask(url) == (200, b"%PDF-1.7 result", disposition)

    def test_a_url_opens_nothing_but_its_own_object_in_its_own_way(self, objects: S3ObjectStore) -> None:
        put(objects, b"mine")
        url = objects.presigned_get(KEY, expires_in=SOON, file_name="a.pdf")
        assert ask(url.replace("0.pdf", "1.pdf"))[0] == 403
        assert ask(url, method="PUT", body=b"yours")[0] == 403
        assert b"".join(objects.read(KEY)) == b"mine"


class TestUploads:
    def test_an_upload_left_without_commit_is_ended(self, objects: S3ObjectStore, s3_bucket: S3Bucket) -> None:
        with objects.writer(KEY) as writer:
            writer.write(b"x" * (PART + 1))
            assert unfinished_uploads(s3_bucket) == [KEY]
        assert unfinished_uploads(s3_bucket) == []

    def test_deleting_a_prefix_ends_the_uploads_that_a_crash_left(
        self, objects: S3ObjectStore, s3_bucket: S3Bucket
    ) -> None:
        for key in (KEY, "tenant/other/0.pdf"):
            s3_bucket.client.create_multipart_upload(Bucket=s3_bucket.name, Key=key)
        assert objects.delete_prefix("tenant/job/") == 0
        assert unfinished_uploads(s3_bucket) == ["tenant/other/0.pdf"]

    def test_a_writer_whose_job_was_deleted_is_told(self, objects: S3ObjectStore) -> None:
        with objects.writer(KEY) as writer:
            writer.write(b"x" * (PART + 1))
            objects.delete_prefix("tenant/job/")
            with pytest.raises(StoreUnavailableError, match="write object"):
                writer.commit()
        assert list(objects.keys("tenant/")) == []


def test_stores_with_different_prefixes_do_not_see_each_other(s3_bucket: S3Bucket) -> None:
    one, other = (S3ObjectStore(s3_bucket.client, s3_bucket.name, prefix=prefix) for prefix in ("/one/", "other"))
    put(one, b"1")
    assert list(other.keys("tenant/")) == []
    assert other.delete_prefix("tenant/") == 0
    assert list(S3ObjectStore(s3_bucket.client, s3_bucket.name).keys("one/")) == [f"one/{KEY}"]


class BreakingOff(BaseHTTPRequestHandler):
    """A server that promises more bytes than it sends."""

    def do_GET(self) -> None:
        """Send half an object."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x" * 500)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
        """Be quiet."""


def test_an_object_that_breaks_off_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BreakingOff) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = S3Server(f"http://127.0.0.1:{server.server_port}", "a", "b").client()
        with closing(client), pytest.raises(StoreUnavailableError, match="read object"):
            S3ObjectStore(client, "bucket").fetch(KEY, tmp_path / "new")
        server.shutdown()
    assert list(tmp_path.iterdir()) == []


class TestErrors:
    @pytest.fixture
    def stranger(self, s3_bucket: S3Bucket) -> Iterator[S3ObjectStore]:
        client = S3Server(s3_bucket.server.endpoint, "test:tester", "wrong secret").client()
        yield S3ObjectStore(client, s3_bucket.name)
        client.close()

    @pytest.fixture
    def nowhere(self) -> Iterator[S3ObjectStore]:
        client = S3Server(NOBODY, "a", "b").client(retries={"total_max_attempts": 1})
        yield S3ObjectStore(client, "bucket")
        client.close()

    def test_wrong_credentials_are_named_as_the_cause(self, stranger: S3ObjectStore) -> None:
        with pytest.raises(
            StoreUnavailableError, match=r"correct the credentials \(AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)\)"
        ):
            stranger.check()
        with pytest.raises(StoreUnavailableError, match="allow these credentials"):
            stranger.size(KEY)

    def test_a_missing_bucket_is_named_as_the_cause(self, s3_server: S3Server, s3_bucket: S3Bucket) -> None:
        with pytest.raises(StoreUnavailableError, match="create the bucket"):
            S3ObjectStore(s3_bucket.client, "no-such-bucket").check()

    def test_every_method_tells_that_the_server_is_out_of_reach(self, nowhere: S3ObjectStore) -> None:
        def write() -> None:
            put(nowhere, b"x")

        for ask_server in (
            nowhere.check,
            write,
            lambda: nowhere.read(KEY),
            lambda: nowhere.size(KEY),
            lambda: list(nowhere.keys("tenant/")),
            lambda: nowhere.delete_prefix("tenant/"),
        ):
            with pytest.raises(StoreUnavailableError, match="BULKPRESS_S3_ENDPOINT"):
                ask_server()
