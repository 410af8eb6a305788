"""All settings of the services, read from the environment once, in each service's bootstrap. Nothing else reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bulkpress_core.domain.lanes import Lane

MIN_SECRET_CHARS = 32
REDIS_SCHEMES = ("redis://", "rediss://", "unix://", "sentinel://")


class SettingsError(ValueError):
    """The environment sets something that cannot be. The message names each variable and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """What a file of one lane may take. Pressing ends first, then Celery's soft limit, then its hard one."""

    press_s: float
    soft_s: int
    hard_s: int
    memory_bytes: int

    @property
    def nest(self) -> bool:
        """Whether each limit leaves the one within it time to act."""
        return self.press_s < self.soft_s < self.hard_s


class Settings(BaseSettings):
    """Typed, bounded and frozen. A variable is its field's name in capitals; docs/reference/settings.md lists them."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    # What the first version's operators know
    celery_broker_url: SecretStr = Field(
        default=SecretStr("redis://localhost:6379/0"), description="Redis that carries the Celery messages"
    )
    celery_result_backend: SecretStr = Field(
        default=SecretStr("redis://localhost:6379/0"), description="Redis that keeps Celery's task results"
    )

    bulkpress_sentinel_master: str = Field(
        default="mymaster", min_length=1, description="name of the primary that `sentinel://` addresses are asked for"
    )

    # Where jobs and bytes live
    bulkpress_state_url: SecretStr | None = Field(
        default=None, description="Redis that holds jobs and files; the broker's, unless told otherwise"
    )
    bulkpress_store: str = Field(
        default="./.bulkpress/store", description="object store: a folder, or `s3://bucket/prefix`"
    )
    bulkpress_s3_endpoint: str | None = Field(
        default=None,
        description="URL of the S3 server; AWS, unless told otherwise. Credentials are found as boto3 does",
    )
    bulkpress_s3_path_style: bool = Field(
        default=True, description="name buckets in the path, as most servers other than AWS want"
    )
    bulkpress_s3_part_size_bytes: int = Field(
        default=8 * 2**20, ge=5 * 2**20, description="part of a multipart upload; S3 takes none under 5 MiB"
    )

    # What is accepted, and for how long it is kept
    bulkpress_max_file_bytes: int = Field(default=2 * 2**30, ge=1, description="largest file taken")
    bulkpress_max_files: int = Field(default=100_000, ge=1, description="most files in one job")
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

    # Secrets
    bulkpress_secret_key: SecretStr | None = Field(
        default=None,
        description="at least 32 random characters, the same for all services: seals passwords of PDFs and signs "
        "webhooks. Several with commas between them: the first is used, the others are still understood. "
        "Without it, no passwords are taken",
    )

    # The gateway
    bulkpress_gateway_host: str = Field(default="127.0.0.1", description="address the gateway listens on")
    bulkpress_gateway_port: int = Field(default=8000, ge=0, le=65535, description="port the gateway listens on")
    bulkpress_download_redirect: bool = Field(
        default=False, description="send clients of one-file jobs to a presigned URL, where the store has those"
    )

    # The worker: which lanes it works on
    bulkpress_lanes: str = Field(
        default="",
        description="lanes this worker works on, with commas between them; all, unless told otherwise",
    )

    # Limits of the lane `compression`. The two time limits are Celery's, for one message; pressing must
    # end before the soft one.
    bulkpress_soft_time_limit_s: int = Field(
        default=300, ge=5, description="Celery's soft limit: the file is given up and ends `timed_out`"
    )
    bulkpress_hard_time_limit_s: int = Field(
        default=600, ge=6, description="Celery's hard limit: the process is killed"
    )
    bulkpress_press_limit_s: float = Field(default=240.0, gt=0, description="seconds that pressing one file may take")
    bulkpress_memory_limit_bytes: int = Field(
        default=1536 * 2**20, ge=256 * 2**20, description="address space that pressing one file may take"
    )
    # Limits of the other two lanes
    bulkpress_express_press_limit_s: float = Field(
        default=60.0, gt=0, description="BULKPRESS_PRESS_LIMIT_S in the express lane"
    )
    bulkpress_express_soft_time_limit_s: int = Field(
        default=120, ge=5, description="BULKPRESS_SOFT_TIME_LIMIT_S in the express lane"
    )
    bulkpress_express_hard_time_limit_s: int = Field(
        default=180, ge=6, description="BULKPRESS_HARD_TIME_LIMIT_S in the express lane"
    )
    bulkpress_express_memory_limit_bytes: int = Field(
        default=768 * 2**20,
        ge=256 * 2**20,
        description="BULKPRESS_MEMORY_LIMIT_BYTES in the express lane; what needs more is moved",
    )
    bulkpress_heavy_press_limit_s: float = Field(
        default=1500.0, gt=0, description="BULKPRESS_PRESS_LIMIT_S in the heavy lane"
    )
    bulkpress_heavy_soft_time_limit_s: int = Field(
        default=1800, ge=5, description="BULKPRESS_SOFT_TIME_LIMIT_S in the heavy lane"
    )
    bulkpress_heavy_hard_time_limit_s: int = Field(
        default=2400, ge=6, description="BULKPRESS_HARD_TIME_LIMIT_S in the heavy lane"
    )
    bulkpress_heavy_memory_limit_bytes: int = Field(
        default=6 * 2**30,
        ge=256 * 2**20,
        description="BULKPRESS_MEMORY_LIMIT_BYTES in the heavy lane; what needs more fails",
    )

    # What a worker does with its files
    bulkpress_lease_s: float = Field(
        default=60.0, ge=1, description="seconds without a sign of life after which a worker's file goes to another"
    )
    bulkpress_max_attempts: int = Field(
        default=3, ge=1, description="workers that may die on a file before it fails with `engine_crash`"
    )
    bulkpress_max_retries: int = Field(
        default=3, ge=0, description="retries after an error that may pass, such as an unreachable store"
    )
    bulkpress_retry_delay_s: float = Field(
        default=60.0, gt=0, description="seconds before the first retry; doubled with each, and up to a quarter more"
    )
    bulkpress_shutdown_grace_s: float = Field(
        default=30.0, ge=0, description="seconds a worker told to stop goes on with its files; then it gives them back"
    )
    bulkpress_child_memory_bytes: int = Field(
        default=512 * 2**20, ge=64 * 2**20, description="resident memory at which a pool process is replaced"
    )
    bulkpress_scratch_quota_bytes: int | None = Field(
        default=None, ge=1, description="most bytes that all files in the scratch folder may take; what the disk has"
    )
    bulkpress_result_expires_s: int = Field(default=3600, ge=1, description="seconds Celery keeps a task's result")
    bulkpress_scratch: Path | None = Field(
        default=None, description="folder for a worker's temporary files; the system's, unless told otherwise"
    )
    bulkpress_worker_metrics_port: int = Field(
        default=9101,
        ge=0,
        le=65535,
        description="port of the worker's /metrics, /healthz and /readyz; 0 takes any free one and logs it",
    )

    # The scheduler
    bulkpress_sweep_interval_s: float = Field(
        default=30.0, gt=0, description="seconds between two looks for dead workers, lost bells and unopened jobs"
    )
    bulkpress_cleanup_interval_s: float = Field(
        default=3600.0, gt=0, description="seconds between two runs of `cleanup_expired_jobs`"
    )
    bulkpress_scheduler_metrics_port: int = Field(
        default=9102,
        ge=0,
        le=65535,
        description="port of the scheduler's /metrics, /healthz and /readyz; 0 takes any free one and logs it",
    )

    # All of them
    bulkpress_metrics_host: str = Field(
        default="127.0.0.1", description="address that worker and scheduler serve /metrics, /healthz and /readyz on"
    )
    bulkpress_log_format: str = Field(default="json", pattern="^(json|console)$", description="`json` or `console`")
    bulkpress_log_level: str = Field(
        default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`"
    )

    @field_validator("celery_broker_url", "celery_result_backend", "bulkpress_state_url")
    @classmethod
    def _is_redis(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(REDIS_SCHEMES):
            raise ValueError(f"must begin with one of {', '.join(REDIS_SCHEMES)}")
        return url

    @field_validator("bulkpress_s3_endpoint")
    @classmethod
    def _is_http(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return url

    @field_validator("bulkpress_secret_key")
    @classmethod
    def _are_secret(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and any(len(secret) < MIN_SECRET_CHARS for secret in _listed(key.get_secret_value())):
            raise ValueError(f"each secret must have at least {MIN_SECRET_CHARS} characters: `openssl rand -hex 32`")
        return key

    @field_validator("bulkpress_lanes")
    @classmethod
    def _are_lanes(cls, lanes: str) -> str:
        known = {lane.value for lane in Lane}
        if unknown := sorted({lane.strip() for lane in lanes.split(",")} - known - {""}):
            raise ValueError(f"there is no lane {unknown[0]!r}: name some of {', '.join(sorted(known))}")
        return lanes

    @field_validator("bulkpress_tenant_weights")
    @classmethod
    def _are_weights(cls, weights: Mapping[str, float]) -> Mapping[str, float]:
        if wrong := [tenant for tenant, weight in weights.items() if not 0.01 <= weight <= 100]:
            raise ValueError(f"the weight of {wrong[0]!r} must be from 0.01 to 100")
        return weights

    @model_validator(mode="after")
    def _limits_nest(self) -> Self:
        for lane, infix in ((Lane.COMPRESSION, ""), (Lane.EXPRESS, "EXPRESS_"), (Lane.HEAVY, "HEAVY_")):
            if not self.limits_of(lane).nest:
                raise ValueError(
                    f"BULKPRESS_{infix}PRESS_LIMIT_S must be below BULKPRESS_{infix}SOFT_TIME_LIMIT_S, and that below "
                    f"BULKPRESS_{infix}HARD_TIME_LIMIT_S: otherwise Celery ends the worker before the file's own limit "
                    "can"
                )
        return self

    @property
    def broker_url(self) -> str:
        """The Celery broker, credentials included."""
        return self.celery_broker_url.get_secret_value()

    @property
    def result_backend(self) -> str:
        """The Celery result backend, credentials included."""
        return self.celery_result_backend.get_secret_value()

    @property
    def state_url(self) -> str:
        """The Redis that holds the jobs, credentials included."""
        return self.bulkpress_state_url.get_secret_value() if self.bulkpress_state_url else self.broker_url

    @property
    def secrets(self) -> tuple[str, ...]:
        """The installation's secrets, the one to be used first."""
        return _listed(self.bulkpress_secret_key.get_secret_value()) if self.bulkpress_secret_key else ()

    @property
    def lease(self) -> timedelta:
        """How long a claim holds without renewal."""
        return timedelta(seconds=self.bulkpress_lease_s)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The lanes a worker works on."""
        named = [lane.strip() for lane in self.bulkpress_lanes.split(",") if lane.strip()]
        return tuple(lane for lane in Lane if lane.value in named) or tuple(Lane)

    def limits_of(self, lane: Lane) -> LaneLimits:
        """What a file of the lane may take; cleaning up has the limits of bulk work."""
        match lane:
            case Lane.EXPRESS:
                return LaneLimits(
                    self.bulkpress_express_press_limit_s,
                    self.bulkpress_express_soft_time_limit_s,
                    self.bulkpress_express_hard_time_limit_s,
                    self.bulkpress_express_memory_limit_bytes,
                )
            case Lane.HEAVY:
                return LaneLimits(
                    self.bulkpress_heavy_press_limit_s,
                    self.bulkpress_heavy_soft_time_limit_s,
                    self.bulkpress_heavy_hard_time_limit_s,
                    self.bulkpress_heavy_memory_limit_bytes,
                )
            case _:
                return LaneLimits(
                    self.bulkpress_press_limit_s,
                    self.bulkpress_soft_time_limit_s,
                    self.bulkpress_hard_time_limit_s,
                    self.bulkpress_memory_limit_bytes,
                )

    @property
    def visibility_timeout_s(self) -> int:
        """After how many seconds Redis redelivers an unacknowledged message: past all hard limits, with grace."""
        return max(self.limits_of(lane).hard_s for lane in self.lanes) + 60


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def read_settings() -> Settings:
    """The settings as the environment has them. Raises SettingsError, which quotes no value: it may be a secret."""
    try:
        return Settings()
    except ValidationError as error:
        faults = [
            ": ".join([*(str(part).upper() for part in one["loc"]), one["msg"].removeprefix("Value error, ")])
            for one in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsError("; ".join(faults)) from None
