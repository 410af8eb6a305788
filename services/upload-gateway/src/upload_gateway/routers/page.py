"""The page for people at `/`, and the files it is made of. Programs that ask for `/` get JSON, as ever."""

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from upload_gateway.safety import PAGE_OF_OURS

MEDIA_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
PAGE = "index.html"
ROOT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "As JSON, where to read on; as HTML, if `Accept` names it: the page to compress files with.",
        "content": {"text/html": {"schema": {"type": "string"}}},
    }
}


def _content() -> dict[str, bytes]:
    """The page's files by name: all that can be asked for, some tens of kilobytes."""
    folder = files("upload_gateway") / "page"
    return {one.name: one.read_bytes() for one in folder.iterdir() if _suffix(one.name) in MEDIA_TYPES}


def _suffix(name: str) -> str:
    return "." + name.rpartition(".")[2]


CONTENT = _content()

router = APIRouter()


@router.get(
    "/",
    operation_id="read_root",
    summary="Where to read on",
    tags=["operation"],
    responses=ROOT,
    response_model=dict[str, str],
)
async def read_root(request: Request) -> Response:
    """The name, the version and where the documentation of the API is; for browsers, the page to use it with."""
    if "text/html" in request.headers.get("accept", "").lower():
        return _file(PAGE, request.headers.get("if-none-match"))
    told = {"name": request.app.title, "version": request.app.version, "docs": "/docs", "openapi": "/openapi.json"}
    return JSONResponse(told, headers={"Vary": "Accept"})


@router.get("/page/{name}", include_in_schema=False)
async def read_page_file(name: str, if_none_match: str | None = Header(None)) -> Response:
    """One of the page's files; 404 for any other name."""
    if name not in CONTENT:
        raise HTTPException(404)
    return _file(name, if_none_match)


def _file(name: str, known: str | None) -> Response:
    """The file, or 304 for who has it. Kept by browsers, but asked about each time: an upgrade shows at once."""
    content = CONTENT[name]
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": PAGE_OF_OURS,
        "ETag": tag,
        "Vary": "Accept",
    }
    if known == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=MEDIA_TYPES[_suffix(name)], headers=headers)
