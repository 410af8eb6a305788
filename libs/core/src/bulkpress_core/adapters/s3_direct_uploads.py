"""Direct uploads to S3 or what speaks like it: presigned URLs, whose size is signed with them."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from bulkpress_core.adapters.s3_errors import asking_s3
from bulkpress_core.domain.direct_uploads import PartsRefusedError, StoredPart, UploadEndedError

REFUSED = frozenset({"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML"})


class S3DirectUploads:
    """Direct uploads into one bucket, below `prefix`. `signer` is the client whose endpoint the URLs name."""

    def __init__(self, client: Any, bucket: str, prefix: str, signer: Any) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._signer = signer

    def put_url(self, key: str, *, size_bytes: int, expires_in: timedelta) -> str:
        """A URL that writes the object with one PUT of that Content-Length (SigV4 signs the header)."""
        return self._signed("put_object", {**self._place(key), "ContentLength": size_bytes}, expires_in)

    def begin(self, key: str) -> str:
        """Begin a multipart upload."""
        with asking_s3(f"write object {key!r}"):
            return str(self._client.create_multipart_upload(**self._place(key))["UploadId"])

    def part_url(self, key: str, upload_id: str, number: int, *, size_bytes: int, expires_in: timedelta) -> str:
        """A URL that writes the part with one PUT of that Content-Length."""
        part = {"UploadId": upload_id, "PartNumber": number, "ContentLength": size_bytes}
        return self._signed("upload_part", {**self._place(key), **part}, expires_in)

    def parts(self, key: str, upload_id: str) -> Iterator[StoredPart]:
        """The parts that are there, asked for by the page."""
        pages = self._client.get_paginator("list_parts").paginate(**self._place(key), UploadId=upload_id)
        with asking_s3(f"list the parts of {key!r}"):
            try:
                for page in pages:
                    for part in page.get("Parts", ()):
                        yield StoredPart(part["PartNumber"], part["Size"], part["ETag"])
            except self._client.exceptions.NoSuchUpload:
                raise UploadEndedError from None

    def complete(self, key: str, upload_id: str, etags: Sequence[str]) -> None:
        """Complete the multipart upload."""
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, start=1)]
        with asking_s3(f"write object {key!r}"):
            try:
                self._client.complete_multipart_upload(
                    **self._place(key), UploadId=upload_id, MultipartUpload={"Parts": parts}
                )
            except self._client.exceptions.NoSuchUpload:
                raise UploadEndedError from None
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in REFUSED:
                    raise PartsRefusedError from None
                raise

    def abort(self, key: str, upload_id: str) -> None:
        """Abort the multipart upload."""
        with asking_s3(f"end the upload of {key!r}"), suppress(self._client.exceptions.NoSuchUpload):
            self._client.abort_multipart_upload(**self._place(key), UploadId=upload_id)

    def _place(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._bucket, "Key": self._prefix + key}

    def _signed(self, operation: str, params: dict[str, Any], expires_in: timedelta) -> str:
        with asking_s3("sign a URL"):
            return str(
                self._signer.generate_presigned_url(
                    operation, Params=params, ExpiresIn=int(expires_in.total_seconds()), HttpMethod="PUT"
                )
            )
