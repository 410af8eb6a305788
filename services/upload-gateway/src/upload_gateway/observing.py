"""The outermost layer of the app: every request gets an id, a line in the log, a count, and an answer."""

import re
from time import monotonic
from uuid import uuid4

import structlog
from anyio import CancelScope
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from upload_gateway import problems
from upload_gateway.auditing import Auditor
from upload_gateway.metrics import Metrics
from upload_gateway.safety import make_safe
from upload_gateway.tenant_limits import header_fields

REQUEST_ID_HEADER = "X-Request-ID"
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")  # what a client sends is written to logs: nothing else is echoed
NOT_LOGGED = frozenset({"/healthz", "/readyz", "/metrics"})  # asked every few seconds, by machines

log = structlog.get_logger(__name__)


class ObservedRequests:
    """ASGI middleware that streams bodies through untouched."""

    def __init__(self, app: ASGIApp, metrics: Metrics, auditor: Auditor) -> None:
        self._app = app
        self._metrics = metrics
        self._auditor = auditor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer 500 for an error nobody expected, or break off an answer already begun."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})  # where the route leaves who called, and how they stand
        started = monotonic()
        status = 0
        headers = MutableHeaders()

        async def observed_send(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID_HEADER] = request_id
                make_safe(headers, scope["path"])
                if admitted := scope["state"].get("admitted"):
                    headers.update(dict(header_fields(admitted)))
            await send(message)

        with bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, observed_send)
            except Exception as error:
                if status:
                    log.warning("answer.broken_off", path=scope["path"], error=str(error))
                    raise  # half an answer must not look whole: the server closes the connection
                await problems.answer(error)(scope, receive, observed_send)
            finally:
                status = status or problems.CLIENT_CLOSED_REQUEST
                self._tell(scope, status, monotonic() - started)
                with CancelScope(shield=True):
                    await self._auditor.note(scope, status, headers, request_id)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        self._metrics.count(route, scope["method"], status, seconds)
        if route not in NOT_LOGGED:
            caller = scope["state"].get("caller")
            log.info(
                "request.answered",
                method=scope["method"],
                route=route,
                path=scope["path"],
                status=status,
                seconds=round(seconds, 4),
                client=client[0] if (client := scope.get("client")) else None,
                tenant=caller.tenant if caller else None,
                caller=caller.name if caller else None,
            )


def _request_id(scope: Scope) -> str:
    sent = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
    return sent if REQUEST_ID.fullmatch(sent) else uuid4().hex
