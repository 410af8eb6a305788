"""The audit log: who did what to which job, and what came of it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Action:
    """One request that changed something or took results away, or that tried to."""

    at: datetime  # when it was answered; to the millisecond
    caller: str  # `key:` and an API key's id, `jwt:` and a subject, or `anonymous`
    operation: str  # the route's operationId
    status: int  # HTTP's
    job_id: str  # "" where it was about none
    request_id: str  # as in the logs
    client: str  # the address it came from; "" where that is not known
