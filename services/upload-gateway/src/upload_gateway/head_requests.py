"""HEAD for every path that takes GET (RFC 9110, 9.3.2): the same answer, without its content."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

IS_HEAD = "bulkpress.head"


def is_head(request: Request) -> bool:
    """Whether only the head of the answer is wanted, so that its content need not be made."""
    return bool(request.scope.get(IS_HEAD))


class HeadRequests:
    """ASGI middleware that routes HEAD as GET and sends no content."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        as_get = {**scope, "method": "GET", IS_HEAD: True}
        try:
            await self._app(as_get, receive, send_head)
        finally:  # for the log and the figures
            scope.update({name: as_get[name] for name in ("route", "path_params") if name in as_get})
