"""Answers for clients of HTTP/1.0, which know nothing of chunks: what has no length ends with the connection."""

from starlette.datastructures import Headers
from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, Scope
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


def close_delimited(app: ASGI3Application, cycle: RequestResponseCycle) -> ASGI3Application:
    """The app, its answer in this cycle framed as RFC 9112, 6.3, has it for HTTP/1.0; uvicorn frames all as HTTP/1.1.

    An answer that breaks off cannot be told there from one that ends.
    """

    async def answering(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        has_length = True

        async def send_framed(message: ASGISendEvent) -> None:
            nonlocal has_length
            if message["type"] == "http.response.start":
                has_length = "content-length" in Headers(raw=list(message["headers"]))
                if not has_length:
                    cycle.chunked_encoding = False
            elif message["type"] == "http.response.body" and not has_length:
                cycle.expected_content_length = len(message.get("body", b""))
            await send(message)

        await app(scope, receive, send_framed)

    return answering
