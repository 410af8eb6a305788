"""What S3 answers when it refuses, told in our own words, with what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from bulkpress_core.domain.errors import ObjectNotFoundError, StoreUnavailableError

ABSENT = frozenset({"NoSuchKey", "NotFound", "404"})
REMEDIES = {
    "NoSuchBucket": "create the bucket or correct BULKPRESS_STORE",
    "AccessDenied": "allow these credentials to read, write, list and delete in the bucket",
    "InvalidAccessKeyId": "correct the credentials (AWS_ACCESS_KEY_ID)",
    "XAdminUserNotFound": "correct the credentials (AWS_ACCESS_KEY_ID)",  # versitygw's word for it
    "SignatureDoesNotMatch": "correct the credentials (AWS_SECRET_ACCESS_KEY) and the clock of this machine",
    "403": "allow these credentials to read, write, list and delete in the bucket",
}


@contextmanager
def asking_s3(what: str) -> Iterator[None]:
    """Raise ObjectNotFoundError or StoreUnavailableError for what botocore raises inside."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in ABSENT:
            raise ObjectNotFoundError(f"cannot {what}: the store has no such object") from None
        remedy = REMEDIES.get(code, "check BULKPRESS_STORE and BULKPRESS_S3_ENDPOINT")
        raise StoreUnavailableError(f"cannot {what} in S3: {error}; {remedy}") from error
    except BotoCoreError as error:
        remedy = "check BULKPRESS_S3_ENDPOINT, the network and the credentials"
        raise StoreUnavailableError(f"cannot {what} in S3: {error}; {remedy}") from error
