"""The audit log of each tenant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bulkpress_core.domain.actions import Action
from bulkpress_core.domain.jobs import TenantId


@dataclass(frozen=True, slots=True)
class ActionPage:
    """Some of a tenant's actions, newest first."""

    actions: Sequence[Action]
    last: str | None  # where to go on, `milliseconds-sequence`; None when there are no more


class ActionLog(Protocol):
    """Actions are only ever added; the oldest are forgotten. Any method may raise StateUnavailableError."""

    def add(self, tenant: TenantId, action: Action) -> None:
        """Keep the action."""

    def listed(self, tenant: TenantId, *, after: str | None = None, limit: int) -> ActionPage:
        """Up to `limit` actions that are older than that place."""
