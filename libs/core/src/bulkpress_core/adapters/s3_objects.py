"""The object store in S3 or what speaks like it, through boto3."""

import base64
import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bulkpress_core.adapters.local_files import save_new, write_from
from bulkpress_core.adapters.s3_direct_uploads import S3DirectUploads
from bulkpress_core.adapters.s3_errors import asking_s3
from bulkpress_core.domain.disposition import content_disposition
from bulkpress_core.domain.errors import StoreUnavailableError
from bulkpress_core.ports.object_store import READ_CHUNK_BYTES

COPIED_AT_ONCE_BYTES = 2**30  # S3 copies up to 5 GiB in one request, and answers when it is done
PARTS_AT_ONCE = 32  # as many as there are connections ...
PARTS_OF_ONE = 2  # ... of one object: while the server writes one to its disk, the other is on its way
PROBE = ".bulkpress-check"  # one object, overwritten with each check


class S3ObjectStore:
    """Objects in one bucket, below `prefix`. `client` is a boto3 S3 client, which threads may share.

    Objects up to `part_size_bytes` go up in one PutObject, larger ones in parts of that size as they are written: a
    writer holds three parts in memory, one that fills while two are sent, and an object may have up to 10,000 parts.
    URLs name the endpoint of `signer`: a client that knows the server as those do who are given them.
    """

    def __init__(
        self, client: Any, bucket: str, *, prefix: str = "", part_size_bytes: int = 8 * 2**20, signer: Any = None
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._part_size_bytes = part_size_bytes
        self._signer = signer or client
        self.direct_uploads = S3DirectUploads(client, bucket, self._prefix, self._signer)
        self._senders = ThreadPoolExecutor(PARTS_AT_ONCE, thread_name_prefix="s3-part")  # starts none before it is used
        client.meta.events.register("before-call.s3.DeleteObjects", _add_md5, unique_id="bulkpress-md5")

    @contextmanager
    def writer(self, key: str) -> Iterator["S3ObjectWriter"]:
        """Write an object in pieces."""
        writer = S3ObjectWriter(self._client, self._place(key), self._part_size_bytes, self._senders)
        try:
            yield writer
        finally:
            writer.discard()

    def read(self, key: str, *, start: int = 0) -> Iterator[bytes]:
        """The object's bytes in chunks, over one connection that is given back when the iterator ends or goes."""
        chunks = self._chunks(key, start)
        next(chunks)  # asks for the object and reads the first chunk, or raises
        return chunks

    def fetch(self, key: str, path: Path) -> int:
        """Copy the object into a new local file."""
        return save_new(self.read(key), path)

    def store(self, path: Path, key: str) -> int:
        """Copy a local file into an object."""
        with self.writer(key) as writer:
            return write_from(path, writer)

    def size(self, key: str) -> int:
        """The object's size in bytes."""
        with asking_s3(f"read object {key!r}"):
            return int(self._client.head_object(**self._place(key))["ContentLength"])

    def head(self, key: str, size_bytes: int) -> bytes:
        """The object's first bytes, asked for with a Range; of an empty object S3 gives no range."""
        with asking_s3(f"read object {key!r}"):
            try:
                wanted = f"bytes=0-{size_bytes - 1}"
                with closing(self._client.get_object(**self._place(key), Range=wanted)["Body"]) as body:
                    return bytes(body.read(size_bytes))
            except ClientError as error:
                if _status_of(error) != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    raise
                return b""

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys below the prefix in the order of their bytes."""
        for page in self._pages("list_objects_v2", prefix):
            for found in page.get("Contents", ()):
                yield found["Key"].removeprefix(self._prefix)

    def copy(self, key: str, to: str) -> int:
        """Copy the object inside the store; nothing of it passes here. What is too large at once goes in parts."""
        size_bytes = self.size(key)
        with asking_s3(f"copy object {key!r}"):
            if size_bytes <= COPIED_AT_ONCE_BYTES:
                self._client.copy_object(**self._place(to), CopySource=self._place(key))
            else:
                self._copy_in_parts(self._place(key), self._place(to), size_bytes)
        return self.size(to)

    def _copy_in_parts(self, source: dict[str, str], place: dict[str, str], size_bytes: int) -> None:
        upload = {**place, "UploadId": self._client.create_multipart_upload(**place)["UploadId"]}

        def copied(number: int) -> dict[str, Any]:
            start = (number - 1) * COPIED_AT_ONCE_BYTES
            wanted = f"bytes={start}-{min(size_bytes, start + COPIED_AT_ONCE_BYTES) - 1}"
            part = self._client.upload_part_copy(**upload, PartNumber=number, CopySource=source, CopySourceRange=wanted)
            return {"PartNumber": number, "ETag": part["CopyPartResult"]["ETag"]}

        try:
            numbers = range(1, -(-size_bytes // COPIED_AT_ONCE_BYTES) + 1)
            parts = [copied(number) for number in numbers]
            self._client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        except BaseException:
            with suppress(BotoCoreError, ClientError):  # out of reach: `delete_prefix` ends it with the job
                self._client.abort_multipart_upload(**upload)
            raise

    def delete(self, key: str) -> None:
        """Delete the object."""
        with asking_s3(f"delete object {key!r}"), suppress(self._client.exceptions.NoSuchKey):
            self._client.delete_object(**self._place(key))

    def delete_prefix(self, prefix: str) -> int:
        """Delete all objects below the prefix, a page at a time, and end all unfinished uploads there."""
        deleted = 0
        for page in self._pages("list_objects_v2", prefix):
            if found := [{"Key": item["Key"]} for item in page.get("Contents", ())]:
                with asking_s3(f"delete below {prefix!r}"):
                    reply = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": found, "Quiet": True})
                if errors := reply.get("Errors"):
                    first = errors[0]
                    raise StoreUnavailableError(
                        f"S3 deleted {len(found) - len(errors)} of {len(found)} objects below {prefix!r}; "
                        f"{first.get('Key')!r} not, because: {first.get('Code')} {first.get('Message')}"
                    )
                deleted += len(found)
        for page in self._pages("list_multipart_uploads", prefix):
            for upload in page.get("Uploads", ()):
                ended_meanwhile = suppress(self._client.exceptions.NoSuchUpload)
                with asking_s3(f"end uploads below {prefix!r}"), ended_meanwhile:
                    self._client.abort_multipart_upload(
                        Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
        return deleted

    def presigned_get(self, key: str, *, expires_in: timedelta, file_name: str) -> str:
        """A URL that reads the object, saved as `file_name`."""
        place = {**self._place(key), "ResponseContentDisposition": content_disposition(file_name)}
        with asking_s3("sign a URL"):
            return str(
                self._signer.generate_presigned_url(
                    "get_object", Params=place, ExpiresIn=int(expires_in.total_seconds())
                )
            )

    def check(self) -> None:
        """Write and read a small object."""
        with asking_s3("write and read a probe"):
            self._client.put_object(**self._place(PROBE), Body=b"probe")
            self._client.get_object(**self._place(PROBE))["Body"].read()

    def _place(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + key}

    def _chunks(self, key: str, start: int) -> Iterator[bytes]:
        """First b"", once the first chunk is there; then the chunks."""
        with asking_s3(f"read object {key!r}"):
            body = self._opened(key, start)
            try:
                chunk = body.read(READ_CHUNK_BYTES)
                yield b""
                while chunk:
                    yield chunk
                    chunk = body.read(READ_CHUNK_BYTES)
            finally:
                body.close()

    def _opened(self, key: str, start: int) -> Any:
        """The object's body from `start` on."""
        wanted = {"Range": f"bytes={start}-"} if start else {}
        try:
            return self._client.get_object(**self._place(key), **wanted)["Body"]
        except ClientError as error:
            if _status_of(error) != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise
            return BytesIO()  # the object has no more than that

    def _pages(self, operation: str, prefix: str) -> Iterator[dict[str, Any]]:
        if not prefix.endswith("/"):
            raise ValueError(f"{prefix!r} is no prefix of object keys: it must end in '/'")
        with asking_s3(f"list {prefix!r}"):
            paginator = self._client.get_paginator(operation)
            yield from paginator.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix)


class S3ObjectWriter:
    """An object being written. Bytes wait here until there are more than a part of them, and then go up in parts."""

    def __init__(self, client: Any, place: dict[str, str], part_size_bytes: int, senders: Executor) -> None:
        self._senders = senders
        self._on_their_way = deque[Future[dict[str, Any]]]()
        self._client = client
        self._place = place
        self._doing = f"write object {place['Key']!r}"
        self._part_size_bytes = part_size_bytes
        self._waiting = bytearray()
        self._upload: dict[str, str] | None = None  # the place and the upload's id
        self._parts: list[dict[str, Any]] = []
        self._size_bytes = 0

    def write(self, chunk: bytes) -> None:
        """Append bytes; sends a part whenever there are more than enough for one."""
        view = memoryview(chunk)
        while view:
            if len(self._waiting) == self._part_size_bytes:
                self._send_part()
            taken = view[: self._part_size_bytes - len(self._waiting)]
            self._waiting += taken
            view = view[len(taken) :]
        self._size_bytes += len(chunk)

    def commit(self) -> int:
        """Send what waits and make the object visible."""
        if self._upload is None:
            with asking_s3(self._doing):
                self._client.put_object(**self._place, Body=self._waiting)
        else:
            self._send_part()
            while self._on_their_way:
                self._first_arrived()
            with asking_s3(self._doing):
                self._client.complete_multipart_upload(**self._upload, MultipartUpload={"Parts": self._parts})
            self._upload = None
        return self._size_bytes

    def discard(self) -> None:
        """End an unfinished upload; nothing after `commit`."""
        upload, self._upload = self._upload, None
        if upload is not None:
            wait(self._on_their_way)  # a part that arrives after the abort would stay
            with suppress(BotoCoreError, ClientError):  # out of reach: `delete_prefix` ends it with the job
                self._client.abort_multipart_upload(**upload)

    def _send_part(self) -> None:
        with asking_s3(self._doing):
            if self._upload is None:
                upload_id = self._client.create_multipart_upload(**self._place)["UploadId"]
                self._upload = {**self._place, "UploadId": upload_id}
        if len(self._on_their_way) == PARTS_OF_ONE:
            self._first_arrived()
        place = {**self._upload, "PartNumber": len(self._parts) + len(self._on_their_way) + 1}
        self._on_their_way.append(self._senders.submit(self._client.upload_part, **place, Body=self._waiting))
        self._waiting = bytearray()

    def _first_arrived(self) -> None:
        """Wait for the first of the parts that are on their way."""
        with asking_s3(self._doing):
            sent = self._on_their_way[0].result()
        self._on_their_way.popleft()
        self._parts.append({"PartNumber": len(self._parts) + 1, "ETag": sent["ETag"]})


def _status_of(error: ClientError) -> Any:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")


def _add_md5(params: dict[str, Any], **_: object) -> None:
    """Give DeleteObjects the Content-MD5 that S3 asked for before 2025, and many other servers still do."""
    digest = hashlib.md5(params["body"], usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()
