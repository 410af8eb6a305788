"""The gateway."""

from ipaddress import ip_network
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from bulkpress_core.settings.base import Group, listed


class GatewaySettings(Group):
    """Where it listens and how it answers."""

    bulkpress_gateway_host: str = Field(default="127.0.0.1", description="address the gateway listens on")
    bulkpress_gateway_port: int = Field(default=8000, ge=0, le=65535, description="port the gateway listens on")
    bulkpress_max_event_streams: int = Field(
        default=2000, ge=0, description="event streams that one gateway process keeps open at once"
    )
    bulkpress_event_streams_per_tenant: int = Field(
        default=1000, ge=0, description="of those, how many one tenant may have, so that none takes all"
    )
    bulkpress_analysis_wait_s: float = Field(
        default=10.0,
        ge=0,
        le=300,
        description="seconds for which `POST /api/compress/analyze` waits for the audit, before saying where to ask",
    )
    bulkpress_head_limit_s: float = Field(
        default=30.0, gt=0, description="seconds in which a request's line and headers must have come"
    )
    bulkpress_min_upload_rate: float = Field(
        default=100.0, ge=0, description="bytes in a second that an upload must have at least; 0: any number"
    )
    bulkpress_min_upload_window_s: float = Field(
        default=60.0, gt=0, description="seconds over which that rate is taken"
    )
    bulkpress_reader_limit_s: float = Field(
        default=120.0, gt=0, description="seconds after which a client that takes nothing of its answer is let go"
    )
    bulkpress_trusted_proxies: str = Field(
        default="",
        description="addresses and networks, with commas between them, whose `X-Forwarded-For` and "
        "`X-Forwarded-Proto` are believed: `10.0.0.0/8`. Empty believes nobody",
    )
    bulkpress_cors_origins: str = Field(
        default="",
        description="origins, with commas between them, whose pages may call the API from a browser: "
        "`https://app.example`; `*` for all. Empty allows none",
    )
    bulkpress_audit_entries: int = Field(
        default=100_000, ge=1, description="entries that each tenant's audit log keeps, about 150 bytes each"
    )
    bulkpress_download_redirect: bool = Field(
        default=False, description="send clients of one-file jobs to a presigned URL, where the store has those"
    )

    @field_validator("bulkpress_trusted_proxies")
    @classmethod
    def _are_networks(cls, proxies: str) -> str:
        for proxy in listed(proxies):
            ip_network(proxy)
        return proxies

    @field_validator("bulkpress_cors_origins")
    @classmethod
    def _are_origins(cls, origins: str) -> str:
        for origin in listed(origins):
            parts = urlsplit(origin)
            is_origin = parts.scheme in {"http", "https"} and f"{parts.scheme}://{parts.netloc}" == origin
            if origin != "*" and not is_origin:
                raise ValueError(f"{origin!r} is no origin: write scheme and host, `https://app.example`, or `*`")
        return origins

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        """Who is believed about where a request came from."""
        return listed(self.bulkpress_trusted_proxies)

    @property
    def cors_origins(self) -> tuple[str, ...]:
        """Whose pages may call the API."""
        return listed(self.bulkpress_cors_origins)
