"""HEAD for every path that takes GET (RFC 9110, 9.3.2): the same answer, without its content."""

from anyio import CancelScope
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

IS_HEAD = "bulkpress.head"
FOUND = ("route", "path_params", "endpoint")  # what routing leaves in the scope, for the log and the figures


def is_head(request: Request) -> bool:
    """Whether only the head of the answer is wanted, so that its content need not be opened."""
    return bool(request.scope.get(IS_HEAD))


class HeadRequests:
    """ASGI middleware that routes HEAD as GET and ends the answer with its head, also that of an endless stream."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        as_get = {**scope, "method": "GET", IS_HEAD: True}
        with CancelScope() as answering:

            async def send_head(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await send(message)
                    await send({"type": "http.response.body", "body": b""})
                    answering.cancel()

            try:
                await self._app(as_get, receive, send_head)
            finally:
                scope.update({name: as_get[name] for name in FOUND if name in as_get})
