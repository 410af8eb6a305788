"""What is accepted, and for how long it is kept."""

from collections.abc import Mapping

from pydantic import Field, field_validator

from bulkpress_core.settings.base import Group


class IntakeSettings(Group):
    """What a job may hold."""

    bulkpress_max_file_bytes: int = Field(default=2 * 2**30, ge=1, description="largest file taken")
    bulkpress_max_files: int = Field(default=100_000, ge=1, description="most files in one job")
    bulkpress_max_job_bytes: int = Field(default=2**40, ge=1, description="most bytes of all files of one job")
    bulkpress_expires_in_s: int = Field(
        default=24 * 3600, ge=60, description="seconds after which a job and its files are deleted"
    )

    bulkpress_max_expires_in_s: int = Field(
        default=7 * 24 * 3600, ge=60, description="most seconds that a request may ask a job to be kept, `expires_in`"
    )

    bulkpress_upload_idle_s: int = Field(
        default=3600, ge=60, description="seconds without a byte after which an upload is taken for broken off"
    )
    bulkpress_tenant_weights: Mapping[str, float] = Field(
        default_factory=dict, description='shares of tenants in a lane, as JSON: `{"acme": 2}`; 1 for all others'
    )

    @field_validator("bulkpress_tenant_weights")
    @classmethod
    def _are_weights(cls, weights: Mapping[str, float]) -> Mapping[str, float]:
        if wrong := [tenant for tenant, weight in weights.items() if not 0.01 <= weight <= 100]:
            raise ValueError(f"the weight of {wrong[0]!r} must be from 0.01 to 100")
        return weights
