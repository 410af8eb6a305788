"""The open internet, as far as Bulkpress calls it: addresses that users name, for webhooks and for sources."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """An answer whose body is still to be read. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    pieces: Iterator[bytes]  # of the body; reading them raises what `request` raises


class Web(Protocol):
    """HTTP to addresses that users name, and that must lead nowhere but to the public internet.

    Redirects are answers like any other, and no proxy of the environment is used.
    """

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        limit_s: float | None = None,
    ) -> AbstractContextManager[WebAnswer]:
        """Send one request; the answer can be read inside the context, and for `limit_s` seconds at most.

        Raises AddressRefusedError for what is not an address on the public internet, and HostUnreachableError for one
        that does not answer in time or not as HTTP has it.
        """
