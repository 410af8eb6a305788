"""Jobs and files as the fields of Redis hashes, and back. The names of the fields are told in lua/prelude.lua."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bulkpress_core.domain.compression import CompressionSettings
from bulkpress_core.domain.errors import UnreadableRecordError
from bulkpress_core.domain.jobs import (
    CANCELLED,
    Claim,
    FileState,
    Job,
    JobFile,
    JobId,
    JobState,
    Outcome,
    Purpose,
    Receipt,
    TenantId,
    Totals,
    prefix_of,
)
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.domain.origins import UPLOADED, DirectUpload, ForeignObject, Origin, S3Place, Uploaded, WebAddress

RECORD_VERSION = 1  # raised when this code's predecessors would misread what it writes; they leave such records alone
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OWN = "./"  # stands for the job's own prefix in keys: no key begins so, and short fields keep a hash compact

Fields = Mapping[str, str]


def to_ms(at: datetime) -> int:
    """Whole milliseconds since 1970; what is finer is cut off."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: str) -> datetime:
    """The time, in UTC."""
    return EPOCH + timedelta(milliseconds=int(ms))


def texts(reply: Sequence[bytes]) -> dict[str, str]:
    """Names and values in turn, as scripts return hashes, as a dictionary."""
    words = [word.decode() for word in reply]
    return dict(zip(words[::2], words[1::2], strict=True))


def decoded(reply: Mapping[bytes, bytes]) -> dict[str, str]:
    """A hash as the client returns it, as text."""
    return {name.decode(): value.decode() for name, value in reply.items()}


@contextmanager
def reading_records(version: str = "") -> Iterator[None]:
    """Raise UnreadableRecordError for what newer versions of this code have written: a state, an option, a field more.

    `version` is that of the record, empty for the first.
    """
    try:
        if int(version or 1) > RECORD_VERSION:
            raise UnreadableRecordError
        yield
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableRecordError from error


def job_fields(job: Job) -> Iterator[str | float]:
    """Names and values in turn of a job that is new."""
    if RECORD_VERSION > 1:
        yield from ("v", RECORD_VERSION)
    yield from ("tenant", job.tenant)
    yield from ("created", to_ms(job.created_at))
    yield from ("expires", to_ms(job.expires_at))
    yield from ("state", job.state)
    yield from ("weight", job.weight)
    if job.purpose is not Purpose.COMPRESS:
        yield from ("purpose", job.purpose)
    yield from ("files", 0, "done", 0, "kept", 0, "failed", 0, "cancelled", 0, "bytes_in", 0, "bytes_out", 0, "cost", 0)


def job_of(job_id: JobId, fields: Fields) -> Job:
    """The job that a hash holds. Raises UnreadableRecordError."""
    with reading_records(fields.get("v", "")):
        return _job_of(job_id, fields)


def _job_of(job_id: JobId, fields: Fields) -> Job:
    return Job(
        id=job_id,
        tenant=TenantId(fields["tenant"]),
        created_at=from_ms(fields["created"]),
        expires_at=from_ms(fields["expires"]),
        state=JobState(fields["state"]),
        settings=settings_of(fields.get("asked", "")),
        keep_names="numbered" not in fields,
        webhook_url=fields.get("webhook", ""),
        totals=Totals(
            files=int(fields["files"]),
            done=int(fields["done"]),
            kept=int(fields["kept"]),
            failed=int(fields["failed"]),
            cancelled=int(fields["cancelled"]),
            awaiting=0 if int(fields["cancelled"]) else int(fields.get("awaiting", 0)),
            bytes_in=int(fields["bytes_in"]),
            bytes_out=int(fields["bytes_out"]),
        ),
        finished_at=from_ms(fields["finished"]) if "finished" in fields else None,
        accepted_at=from_ms(fields["accepted"]) if "accepted" in fields else None,
        weight=float(fields["weight"]),
        cost=float(fields["cost"]),
        purpose=Purpose(fields.get("purpose", Purpose.COMPRESS)),
        has_direct_uploads="awaiting" in fields,
    )


def option_fields(options: JobOptions) -> Iterator[str | int]:
    """Names and values in turn of what was asked of a job; of a default, nothing."""
    if asked := options.settings.asked():
        yield from ("asked", _compact(asked))
    if not options.keep_names:
        yield from ("numbered", 1)
    if options.webhook_url:
        yield from ("webhook", options.webhook_url)


def settings_of(asked: str) -> CompressionSettings:
    """The settings that a field of a job holds; the defaults, if it is empty."""
    return CompressionSettings.restored(json.loads(asked)) if asked else CompressionSettings()


def new_file_values(file: JobFile, source_prefix: str) -> tuple[str | int | float, ...]:
    """Name, size, place, cost, digest, heaviness, own settings, reason and detail of a failure, and whether it is to
    be uploaded yet, of a new file."""
    place = _place_text(file, source_prefix)
    asked = _compact(file.asked) if file.asked else ""
    failure = (file.outcome.reason, file.outcome.detail) if file.outcome else ("", "")
    awaited = int(file.state is FileState.AWAITING_UPLOAD)
    return file.name, file.size_bytes, place, file.cost, file.digest, int(file.heavy), asked, *failure, awaited


def outcome_fields(outcome: Outcome, source_prefix: str) -> Iterator[str | float]:
    """Names and values in turn of all that an outcome says beyond its state and its `bytes_out`."""
    yield from ("r", outcome.reason)
    yield from ("w", outcome.seconds)
    if outcome.detail:
        yield from ("x", outcome.detail)
    if outcome.result_key is not None:
        yield from ("o", _short(outcome.result_key, source_prefix))
    if outcome.crc32 is not None:
        yield from ("y", outcome.crc32)
    if outcome.cached:
        yield from ("q", 1)
    if outcome.bytes_in is not None:
        yield from ("s", outcome.bytes_in)
    if outcome.decisions:
        yield from ("z", _compact(outcome.decisions))
    if outcome.audit:
        yield from ("i", _compact(outcome.audit))


def claim_of(reply: Sequence[Any], lane: Lane, token: str) -> Claim:
    """What the claim script replied. Raises UnreadableRecordError."""
    job_id, tenant, asked, number = (word.decode() for word in reply[:4])
    with reading_records(reply[6].decode()):
        file = file_of(int(number), texts(reply[4]), prefix_of(TenantId(tenant), JobId(job_id)))
        settings = settings_of(asked).with_own(file.asked) if file.asked else settings_of(asked)
        purpose = Purpose(reply[5].decode() or Purpose.COMPRESS)
    return Claim(JobId(job_id), TenantId(tenant), lane, file, settings, token, purpose)


def file_of(number: int, fields: Fields, source_prefix: str, *, cancelled: bool = False) -> JobFile:
    """The file that a hash holds. When its job was `cancelled`, one that had not ended has done so with that.

    Raises UnreadableRecordError.
    """
    with reading_records():
        return _file_of(number, fields, source_prefix, cancelled=cancelled)


def _file_of(number: int, fields: Fields, source_prefix: str, *, cancelled: bool) -> JobFile:
    state = FileState(fields["st"])
    outcome = _outcome_of(state, fields, source_prefix) if "r" in fields else None
    if cancelled and outcome is None:
        state, outcome = FileState.CANCELLED, CANCELLED
    source_key, origin = _place_of(fields["k"], number, source_prefix)
    if isinstance(origin, DirectUpload):
        origin = DirectUpload(fields.get("m", ""))
    return JobFile(
        number=number,
        name=fields["n"],
        size_bytes=int(fields["s"]),
        source_key=source_key,
        cost=float(fields["c"]),
        digest=fields.get("h", ""),
        asked=json.loads(fields["u"]) if "u" in fields else {},
        heavy="v" in fields,
        state=state,
        attempts=int(fields["a"]),
        retries=int(fields.get("e", 0)),
        outcome=outcome,
        origin=origin,
    )


def _place_text(file: JobFile, source_prefix: str) -> str:
    """The key of a source that came with the job; of any other, where it comes from, as JSON: no key begins like it."""
    match file.origin:
        case Uploaded():
            return _short(file.source_key, source_prefix)
        case DirectUpload():
            return "{}"
        case WebAddress(url, shown, is_sealed):
            return _compact({"url": url, "shown": shown, "sealed": is_sealed})
        case ForeignObject(place, target):
            return _compact({"s3": place.url} | ({"target": target.url} if target else {}))


def _place_of(text: str, number: int, source_prefix: str) -> tuple[str, Origin]:
    """The inverse of `_place_text`: the source's key and origin."""
    if not text.startswith("{"):
        return _long(text, source_prefix), UPLOADED
    told = json.loads(text)
    key = f"{source_prefix}source/{number}.pdf"
    if not told:
        return key, DirectUpload()
    if "s3" in told:
        target = S3Place.of(told["target"]) if "target" in told else None
        return key, ForeignObject(S3Place.of(told["s3"]), target)
    return key, WebAddress(told["url"], told["shown"], told["sealed"])


def by_lane(lane: Lane, files: int, heavy: int) -> dict[Lane, int]:
    """How many files are in the lane and in the heavy one; lanes with none are left out."""
    return {into: count for into, count in ((lane, files), (Lane.HEAVY, heavy)) if count}


def receipt_text(receipt: Receipt) -> str:
    """A deletion as the audit log keeps it: the stream is the tenant's own."""
    told = [receipt.job_id, to_ms(receipt.deleted_at), receipt.files, receipt.objects]
    return _compact(told)


def receipt_of(tenant: TenantId, text: bytes) -> Receipt:
    """The inverse of `receipt_text`."""
    job_id, deleted_at_ms, files, objects = json.loads(text)
    return Receipt(JobId(job_id), tenant, from_ms(deleted_at_ms), files, objects)


def _outcome_of(state: FileState, fields: Fields, source_prefix: str) -> Outcome:
    return Outcome(
        state=state,
        reason=fields["r"],
        detail=fields.get("x", ""),
        result_key=_long(fields["o"], source_prefix) if "o" in fields else None,
        bytes_out=int(fields.get("b", 0)),
        seconds=float(fields.get("w", 0.0)),
        decisions=json.loads(fields.get("z", "{}")),
        crc32=int(fields["y"]) if "y" in fields else None,
        cached="q" in fields,
        audit=json.loads(fields.get("i", "{}")),
    )


def _compact(value: Any) -> str:
    return json.dumps(dict(value) if isinstance(value, Mapping) else value, separators=(",", ":"))


def _short(key: str, source_prefix: str) -> str:
    return OWN + key.removeprefix(source_prefix) if key.startswith(source_prefix) else key


def _long(key: str, source_prefix: str) -> str:
    return source_prefix + key.removeprefix(OWN) if key.startswith(OWN) else key
