"""HTTP to the public internet only (OWASP: server-side request forgery): the address that was checked is the one used.

A name is resolved once for each connection, all its addresses are checked, and the connection is made to one of those.
TLS and `Host` go by the name all the same, so DNS that answers otherwise the next time (rebinding) changes nothing.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpcore

from bulkpress_core.domain.errors import AddressRefusedError, HostUnreachableError
from bulkpress_core.ports.web import WebAnswer

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

# Not private by their registration, and yet answered by the machine's own cloud: Azure's and Oracle's.
CLOUD_INTERNALS = tuple(map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24")))
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits
LOWEST_FREE_PORT = 1024  # below are mail, shells and the like, which can be made to misread HTTP
WEB_PORTS = frozenset({80, 443})
MAX_URL_CHARS = 8192


def resolved(host: str, port: int) -> list[str]:
    """All addresses of a name, or of what the system takes for an address: `127.1` and `2130706433` are 127.0.0.1."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


class PublicHttp:
    """Web by httpcore. `private` are networks that may be called although they are not public.

    `patience_s` bounds each wait for the network, `total_s` the whole of a request with its answer, if it
    has no limit of its own.
    """

    def __init__(
        self,
        private: Iterable[IpNetwork] = (),
        *,
        patience_s: float = 10.0,
        total_s: float = 60.0,
        resolve: Resolve = resolved,
    ) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),  # trusts what the system trusts
            network_backend=_PublicNetwork(tuple(private), resolve),
            max_keepalive_connections=0,  # the next request asks DNS anew
        )
        self._patience_s = patience_s
        self._total_s = total_s

    @contextmanager
    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        limit_s: float | None = None,
    ) -> Iterator[WebAnswer]:
        """Send one request."""
        patience = dict.fromkeys(("connect", "read", "write", "pool"), self._patience_s)
        deadline = time.monotonic() + (self._total_s if limit_s is None else limit_s)
        with (
            _in_our_words(),
            self._pool.stream(
                method,
                _url(url),
                headers=[*(headers or {}).items()],
                content=body or None,
                extensions={"timeout": patience},
            ) as response,
        ):
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            yield WebAnswer(response.status, told, _until(deadline, response.iter_stream()))


def _url(url: str) -> httpcore.URL:
    if len(url) > MAX_URL_CHARS or not url.isascii() or not url.isprintable():
        raise AddressRefusedError(f"the address is longer than {MAX_URL_CHARS} characters or not ASCII")
    try:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc:
            return httpcore.URL(url)
    except ValueError:  # an odd port, half an IPv6 address
        pass
    raise AddressRefusedError("the address is no http or https URL with a host and without user and password")


def _until(deadline: float, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces; what trickles in beyond the deadline is no answer."""
    with _in_our_words():
        for piece in pieces:
            if time.monotonic() > deadline:
                raise HostUnreachableError("the answer took too long")
            yield piece


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, ssl.SSLError) as error:
        raise HostUnreachableError(f"the host does not answer as it should: {_what(error)}") from error
    except httpcore.UnsupportedProtocol as error:
        raise AddressRefusedError("the address is no http or https URL") from error


def _what(error: Exception) -> str:
    return str(error) or type(error).__name__


class _PublicNetwork(httpcore.NetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self, private: Sequence[IpNetwork], resolve: Resolve) -> None:
        self._private = private
        self._resolve = resolve
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the host's addresses that takes the connection, if all are public."""
        if port not in WEB_PORTS and port < LOWEST_FREE_PORT:
            raise AddressRefusedError(f"port {port} is for something other than HTTP")
        try:
            addresses = self._resolve(host.rstrip("."), port)
        except (OSError, UnicodeError) as error:
            raise HostUnreachableError(f"the name of the host leads nowhere: {error}") from error
        for address in addresses:
            self._check(address)
        failure: Exception = httpcore.ConnectError("the name of the host has no address")
        for address in addresses:
            try:
                return self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _check(self, text: str) -> None:
        address = ipaddress.ip_address(text.partition("%")[0])
        if not is_public(address) and not any(address in network for network in self._private):
            raise AddressRefusedError("the host is not on the public internet")


def is_public(address: IpAddress) -> bool:
    """Whether it is a unicast address of the public internet, also when it carries another address inside."""
    inner = _carried(address)
    if inner is not None:
        return is_public(inner)
    unicast = address.is_global and not address.is_multicast and not address.is_reserved
    return unicast and not any(address in network for network in CLOUD_INTERNALS)


def _carried(address: IpAddress) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a translator would make of this one: mapped, 6to4, Teredo, NAT64 (RFC 4291, 3056, 4380)."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
