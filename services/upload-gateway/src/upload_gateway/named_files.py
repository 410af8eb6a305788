"""Files of a job that are named and not sent with the request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bulkpress_core.domain.errors import InvalidRequestError
from bulkpress_core.domain.origins import Origin


class InvalidSourceError(InvalidRequestError):
    """A file of the job is named in a way that is not understood."""

    code = "invalid_source"


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a worker is to fetch, or its client to upload later."""

    name: str
    origin: Origin
    asked: Mapping[str, Any] = field(default_factory=dict)  # settings of its own
    size_bytes: int = 0  # if that is known
