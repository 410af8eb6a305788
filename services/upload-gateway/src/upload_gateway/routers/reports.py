"""GET /api/compress/jobs/{job_id}/report: how each file ended, as JSON or CSV, sent while it is read."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from bulkpress_core.domain.disposition import content_disposition
from upload_gateway.archive import gathered, with_entry_names
from upload_gateway.dependencies import JobIdParam, MayRead, Service
from upload_gateway.problems import responses
from upload_gateway.report import report_json, report_rows
from upload_gateway.views import PREFIX, JobSummaryView


class ReportFormat(StrEnum):
    """What a report is written in."""

    JSON = "json"
    CSV = "csv"


MEDIA_TYPES = {ReportFormat.JSON: "application/json", ReportFormat.CSV: "text/csv; charset=utf-8"}
CONTENT = {
    "application/json": {
        "schema": {
            "type": "object",
            "required": ["job", "files"],
            "properties": {
                "job": {"$ref": "#/components/schemas/JobSummaryView"},
                "files": {"type": "array", "items": {"$ref": "#/components/schemas/FileView"}},
            },
        }
    },
    "text/csv": {"schema": {"type": "string"}},
}

router = APIRouter(prefix=PREFIX, tags=["jobs"])


@router.get(
    "/jobs/{job_id}/report",
    operation_id="read_report",
    summary="How each file of a job ended",
    response_class=Response,
    responses={200: {"description": "All files, by number.", "content": CONTENT}, **responses(404, 422, 503)},
)
def read_report(
    job_id: JobIdParam,
    service: Service,
    caller: MayRead,
    wanted: Annotated[
        ReportFormat | None, Query(alias="format", description="Without it, `Accept` decides; JSON, if that is open.")
    ] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Also of a job that is not finished: files that have not ended say where they stand."""
    job = service.job(caller.tenant, job_id)
    written_in = wanted or _preferred(accept)
    if written_in is ReportFormat.CSV:
        pieces = report_rows(with_entry_names(service.all_files(job)))
    else:
        pieces = report_json(JobSummaryView.of(job, now=service.now()), service.all_files(job))
    headers = {"Content-Disposition": content_disposition(f"bulkpress-{job.id[:8]}.{written_in}"), "Vary": "Accept"}
    return StreamingResponse(gathered(pieces), headers=headers, media_type=MEDIA_TYPES[written_in])


def _preferred(accept: str) -> ReportFormat:
    """CSV where it is asked for before JSON and anything else (RFC 9110, 12.5.1)."""
    weights = {}
    for one in accept.split(","):
        media_type, _, rest = one.partition(";")
        weights[media_type.strip().lower()] = _weight(rest)
    csv = weights.get("text/csv", 0.0)
    json = weights.get("application/json", weights.get("*/*", 0.0))
    return ReportFormat.CSV if csv > 0 and csv >= json else ReportFormat.JSON


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
