"""GET /api/compress/audit: who did what to which job."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from bulkpress_core.domain.actions import Action
from upload_gateway.dependencies import AppParts, MayAudit
from upload_gateway.problems import responses
from upload_gateway.views import PREFIX

CURSOR = "^[1-9][0-9]{0,13}-[0-9]{1,14}$"  # a place in the stream: nothing comes before 0-0
MOST = 1000

router = APIRouter(prefix=PREFIX, tags=["audit"])


class ActionView(BaseModel):
    """One request that changed something or took results away, or that tried to."""

    at: datetime
    caller: str = Field(description="`key:` and an API key's id, `jwt:` and a subject, or `anonymous`.")
    operation: str = Field(description="The operationId in this document.")
    status: int = Field(description="The HTTP status of its answer.")
    job_id: str | None
    request_id: str = Field(description="As in the answer's X-Request-ID and in the logs.")
    client: str | None = Field(description="The address it came from.")

    @classmethod
    def of(cls, action: Action) -> Self:
        """The action as clients see it."""
        return cls(
            at=action.at,
            caller=action.caller,
            operation=action.operation,
            status=action.status,
            job_id=action.job_id or None,
            request_id=action.request_id,
            client=action.client or None,
        )


class ActionListView(BaseModel):
    """A page of the audit log."""

    actions: list[ActionView]
    next: str | None = Field(description="`cursor` of the next page; null on the last.")


@router.get(
    "/audit", operation_id="list_actions", summary="Who did what to which of your jobs", responses=responses(422, 503)
)
def list_actions(
    parts: AppParts,
    caller: MayAudit,
    *,
    cursor: Annotated[str | None, Query(pattern=CURSOR, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many to list.")] = 100,
) -> ActionListView:
    """Newest first. Requests that only read are not in it, downloads are; refused ones are, with their status."""
    page = parts.actions.listed(caller.tenant, after=cursor, limit=limit)
    return ActionListView(actions=[ActionView.of(action) for action in page.actions], next=page.last)
