"""What a user may ask of a job as a whole: compression, names, who is told, and for how long it is kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bulkpress_core.domain.compression import READERS, CompressionSettings, Seal, read_flag
from bulkpress_core.domain.errors import InvalidSettingError, WebhooksNotSentError

MAX_URL_CHARS = 2048
WEBHOOK_URL = re.compile(r"https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\.?(:[1-9][0-9]{0,4})?([/?][!-~]*)?")
MIN_EXPIRES_IN_S = 60
COMPRESSION_NAMES = frozenset({*READERS, "password"})
JOB_NAMES = frozenset({"keep_names", "webhook_url", "expires_in"})
OPTION_NAMES = COMPRESSION_NAMES | JOB_NAMES


@dataclass(frozen=True, slots=True)
class JobOptions:
    """All options of one job."""

    settings: CompressionSettings = field(default_factory=CompressionSettings)
    keep_names: bool = True  # results are called as their sources were; else by their numbers
    webhook_url: str = ""  # told when the job is finished, and of files that fail
    expires_in: timedelta | None = (
        None  # after which the job and its files are deleted; the installation's own, if None
    )

    @classmethod
    def parse(cls, raw: Mapping[str, object], *, longest: timedelta, seal: Seal | None = None) -> "JobOptions":
        """Read options as sent by a client. `longest` bounds `expires_in`. Raises InvalidSettingError.

        Without `seal` there is no secret: neither passwords nor webhooks are taken.
        """
        given: dict[str, Any] = {name: value for name, value in raw.items() if value not in (None, "")}
        compression = {name: value for name, value in given.items() if name not in JOB_NAMES}
        if unknown := sorted(compression.keys() - COMPRESSION_NAMES):
            known = ", ".join(sorted(OPTION_NAMES))
            raise InvalidSettingError(f"unknown setting {unknown[0][:40]!r}: this version knows {known}")
        return cls(
            CompressionSettings.parse(compression, seal),
            keep_names=read_flag("keep_names", given.get("keep_names", True)),
            webhook_url=_url(given["webhook_url"], seal) if "webhook_url" in given else "",
            expires_in=_duration(given["expires_in"], longest) if "expires_in" in given else None,
        )


def _url(value: object, seal: Seal | None) -> str:
    """An address that may be called later; where it leads is checked then (DNS may change)."""
    if seal is None:
        raise WebhooksNotSentError
    text = str(value)
    if len(text) > MAX_URL_CHARS or not WEBHOOK_URL.fullmatch(text):
        raise InvalidSettingError(
            f"webhook_url is {text[:80]!r}: send an http or https URL of at most {MAX_URL_CHARS} ASCII characters"
        )
    return text


def _duration(value: object, longest: timedelta) -> timedelta:
    text = "" if isinstance(value, bool) else str(value)
    most_s = int(longest.total_seconds())
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and MIN_EXPIRES_IN_S <= int(text) <= most_s):
        raise InvalidSettingError(
            f"expires_in is {text[:40]!r}: send a whole number of seconds from {MIN_EXPIRES_IN_S} to {most_s}"
        )
    return timedelta(seconds=int(text))
