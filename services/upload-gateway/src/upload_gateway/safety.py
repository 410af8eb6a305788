"""What browsers are told about answers, and whose pages may ask for them."""

from collections.abc import Mapping, Sequence

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.datastructures import MutableHeaders

PREFLIGHT_KEPT_S = 600
METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
SENT = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "If-Range",
    "Last-Event-ID",
    "Range",
    "X-API-Key",
    "X-Request-ID",
)
READ = (
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-ID",
)

# An answer is data: it is no page, loads nothing, is shown in no frame, is kept by no cache unless it says so.
OF_ALL: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
PAGE_OF_OURS = (  # all it is made of comes from here, and nothing written into a page runs
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
    "connect-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'"
)
PAGE_OF_DOCS = (  # where FastAPI's page has its script, style and picture from
    "default-src 'none'; frame-ancestors 'none'; connect-src 'self'; "
    "script-src 'unsafe-inline' https://cdn.jsdelivr.net; style-src 'unsafe-inline' https://cdn.jsdelivr.net; "
    "img-src data: https://fastapi.tiangolo.com"
)


def make_safe(headers: MutableHeaders, path: str) -> None:
    """Add what is missing."""
    if path == "/docs":
        headers.setdefault("Content-Security-Policy", PAGE_OF_DOCS)
    for name, value in OF_ALL.items():
        headers.setdefault(name, value)


def allow_origins(app: FastAPI, origins: Sequence[str]) -> None:
    """Let pages of these origins call the API. They show who calls with a key or token: there are no cookies."""
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=SENT,
            expose_headers=READ,
            max_age=PREFLIGHT_KEPT_S,
        )
