"""What one tenant may take of the system."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from bulkpress_core.domain.limits import TenantLimits
from bulkpress_core.settings.base import Group


class OwnLimits(BaseModel):
    """What differs for one tenant; what is not named is as for all others. 0 limits nothing where that can be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests_per_minute: int | None = Field(default=None, ge=0)
    uploads_at_once: int | None = Field(default=None, ge=0)
    bytes_per_day: int | None = Field(default=None, ge=0)
    files_waiting: int | None = Field(default=None, ge=0)
    max_file_bytes: int | None = Field(default=None, ge=1)
    max_files: int | None = Field(default=None, ge=1)
    max_job_bytes: int | None = Field(default=None, ge=1)


class LimitSettings(Group):
    """How much one tenant may take, so that it leaves something to the others; 0 for any number."""

    bulkpress_requests_per_minute: int = Field(
        default=6000, ge=0, description="requests that one tenant may make in a minute, all at once or spread; 0: any"
    )
    bulkpress_uploads_at_once: int = Field(
        default=100, ge=0, description="uploads of one tenant that may be under way at once; 0: any number"
    )
    bulkpress_bytes_per_day: int = Field(
        default=0, ge=0, description="bytes that one tenant may upload in a day, all at once or spread; 0: any number"
    )
    bulkpress_files_waiting: int = Field(
        default=1_000_000, ge=0, description="files of one tenant that may wait to be compressed; 0: any number"
    )
    bulkpress_tenant_limits: Mapping[str, OwnLimits] = Field(
        default_factory=dict,
        description="what differs for some tenants, as JSON: "
        '`{"acme": {"requests_per_minute": 60, "uploads_at_once": 4, "bytes_per_day": 0, "files_waiting": 1000, '
        '"max_file_bytes": 1000000, "max_files": 100, "max_job_bytes": 9000000}}`',
    )

    def tenant_limits(self, tenant: str) -> TenantLimits:
        """What this tenant may take."""
        own = self.bulkpress_tenant_limits.get(tenant, OwnLimits())

        def most(of_all: int, its_own: int | None) -> int | None:
            return (of_all if its_own is None else its_own) or None

        return TenantLimits(
            requests_per_minute=most(self.bulkpress_requests_per_minute, own.requests_per_minute),
            uploads_at_once=most(self.bulkpress_uploads_at_once, own.uploads_at_once),
            bytes_per_day=most(self.bulkpress_bytes_per_day, own.bytes_per_day),
            files_waiting=most(self.bulkpress_files_waiting, own.files_waiting),
        )
