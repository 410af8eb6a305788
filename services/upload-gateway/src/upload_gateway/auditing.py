"""The audit log: every request that changes something or takes results away is written down, with who made it."""

import re
from collections.abc import Mapping
from typing import Any

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from bulkpress_core.domain.actions import Action
from bulkpress_core.domain.errors import UnavailableError
from bulkpress_core.ports.action_log import ActionLog
from upload_gateway.clock import Clock

READING = frozenset({"GET", "HEAD", "OPTIONS"})
TAKING_AWAY = "download"  # how the operationIds begin of those that read and are written down all the same
JOB_IN_PATH = re.compile(r"/(?:jobs|analyses)/([0-9a-f]{32})(?:/|$)")

log = structlog.get_logger(__name__)


class Auditor:
    """Writes down what authenticated callers do, once it is answered."""

    def __init__(self, actions: ActionLog, clock: Clock) -> None:
        self._actions = actions
        self._clock = clock

    async def note(self, scope: Scope, status: int, headers: Mapping[str, str], request_id: str) -> None:
        """Write the request down, if it is of that kind. With the log out of reach it goes to the log of events."""
        caller = scope["state"].get("caller")
        operation = getattr(scope.get("route"), "operation_id", None) or ""
        if caller is None or not _is_noted(scope["method"], operation):
            return
        client = scope.get("client")
        action = Action(
            self._clock(),
            caller.name,
            operation,
            status,
            _job_of(scope, headers),
            request_id,
            client[0] if client else "",
        )
        try:
            await run_in_threadpool(self._actions.add, caller.tenant, action)
        except UnavailableError:
            told: dict[str, Any] = {name: getattr(action, name) for name in ("caller", "operation", "status", "job_id")}
            log.exception("audit.not_written", tenant=caller.tenant, **told)


def _is_noted(method: str, operation: str) -> bool:
    return method not in READING or operation.startswith(TAKING_AWAY)


def _job_of(scope: Scope, headers: Mapping[str, str]) -> str:
    """The job in the request's path or, of one that was just made, in `Location`. What is no job id is left out."""
    named = "/jobs/" + str(scope.get("path_params", {}).get("job_id", ""))
    found = JOB_IN_PATH.search(named) or JOB_IN_PATH.search(headers.get("location", ""))
    return found[1] if found else ""
