"""The gateway."""

from pydantic import Field

from bulkpress_core.settings.base import Group


class GatewaySettings(Group):
    """Where it listens and how it answers."""

    bulkpress_gateway_host: str = Field(default="127.0.0.1", description="address the gateway listens on")
    bulkpress_gateway_port: int = Field(default=8000, ge=0, le=65535, description="port the gateway listens on")
    bulkpress_max_event_streams: int = Field(
        default=2000, ge=0, description="event streams that one gateway process keeps open at once"
    )
    bulkpress_audit_entries: int = Field(
        default=100_000, ge=1, description="entries that each tenant's audit log keeps, about 150 bytes each"
    )
    bulkpress_download_redirect: bool = Field(
        default=False, description="send clients of one-file jobs to a presigned URL, where the store has those"
    )
