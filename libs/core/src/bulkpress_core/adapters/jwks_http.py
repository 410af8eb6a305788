"""An issuer's key set over HTTPS (RFC 7517). Its address is the operator's: unlike users', it may be a private one."""

import json
import ssl
from collections.abc import Mapping
from typing import Any

import httpcore

from bulkpress_core.domain.errors import IssuerUnavailableError

MAX_KEY_SET_BYTES = 512 * 1024
PATIENCE_S = 5.0


class HttpIssuerKeys:
    """IssuerKeys at a URL. Redirects are not followed: the URL is where the keys are."""

    def __init__(self, url: str, *, patience_s: float = PATIENCE_S) -> None:
        self._url = url
        self._patience = dict.fromkeys(("connect", "read", "write", "pool"), patience_s)
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),  # trusts what the system trusts
            max_keepalive_connections=0,  # asked minutes apart
        )

    def fetch(self) -> Mapping[str, Any]:
        """The key set as published now."""
        try:
            with self._pool.stream("GET", self._url, extensions={"timeout": self._patience}) as answer:
                if answer.status != 200:
                    raise IssuerUnavailableError(f"{self._url} answers with status {answer.status}")
                body = bytearray()
                for piece in answer.iter_stream():
                    body += piece
                    if len(body) > MAX_KEY_SET_BYTES:
                        raise IssuerUnavailableError(f"{self._url} answers with more than {MAX_KEY_SET_BYTES} bytes")
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise IssuerUnavailableError(f"{self._url} does not answer: {error!r}") from error
        try:
            found = json.loads(body)
        except ValueError as error:
            raise IssuerUnavailableError(f"{self._url} answers with no JSON") from error
        if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
            raise IssuerUnavailableError(f"{self._url} answers with no key set: `keys` is missing")
        return found
