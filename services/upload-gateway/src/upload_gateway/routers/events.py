"""GET /api/compress/jobs/{job_id}/events: what happens to a job, as it happens (Server-Sent Events)."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from bulkpress_core.domain.jobs import TenantId
from bulkpress_core.domain.stories import Told
from upload_gateway.dependencies import AppParts, JobIdParam, MayRead
from upload_gateway.parts import Parts
from upload_gateway.problems import responses
from upload_gateway.streams import CHAPTERS_PER_LOOK, EventStream
from upload_gateway.views import PREFIX

MOST_DIGITS = 9  # no story is longer

EVENT = {
    "type": "object",
    "description": "One event of the stream.",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "description": "Its position in the job's story."},
        "event": {"type": "string"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}

router = APIRouter(prefix=PREFIX, tags=["jobs"])


@router.get(
    "/jobs/{job_id}/events",
    operation_id="follow_job",
    summary="What happens to a job, as it happens",
    response_class=Response,
    responses={
        200: {
            "description": "Server-Sent Events: `job.opened`, `file.done`, `file.kept`, `file.failed`, `job.retried`, "
            "`job.cancelled`, `job.finished`, `job.deleted`, each with JSON as its data.",
            "content": {"text/event-stream": {"schema": EVENT}},
        },
        204: {"description": "All has been told, and the job is finished: do not ask again."},
        **responses(404, 422, 503),
    },
)
async def follow_job(
    job_id: JobIdParam,
    parts: AppParts,
    caller: MayRead,
    *,
    last_event_id: Annotated[str, Header(description="The `id` of the last event that arrived.")] = "",
    last_event_id_query: Annotated[
        str, Query(alias="last_event_id", description="The same, for clients that cannot set the header.")
    ] = "",
) -> Response:
    """From the beginning, or after the event of that id; ends with the job. A comment comes every 15 s."""
    streams = parts.streams
    position = _position(last_event_id or last_event_id_query)
    read = partial(_told, parts, caller.tenant, job_id)
    told = await streams.read(read, position)
    if position and position >= told.length and told.is_over:
        return Response(status_code=204)
    streams.check_room(caller.tenant)
    return EventStream(streams.frames(told.job, read, min(position, told.length)))


def _told(parts: Parts, tenant: TenantId, job_id: str, position: int) -> Told:
    return parts.service.story(tenant, job_id, after=position, limit=CHAPTERS_PER_LOOK)


def _position(last_event_id: str) -> int:
    """The position that an id stands for; one that is none of ours begins at the beginning."""
    known = last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) <= MOST_DIGITS
    return int(last_event_id) if known else 0
