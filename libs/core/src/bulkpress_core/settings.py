"""All settings of the services, read from the environment once, in each service's bootstrap. Nothing else reads it."""

from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

REDIS_SCHEMES = ("redis://", "rediss://", "unix://", "sentinel://")


class SettingsError(ValueError):
    """The environment sets something that cannot be. The message names each variable and what is wrong with it."""


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

    # The gateway
    bulkpress_gateway_host: str = Field(default="127.0.0.1", description="address the gateway listens on")
    bulkpress_gateway_port: int = Field(default=8000, ge=0, le=65535, description="port the gateway listens on")
    bulkpress_download_redirect: bool = Field(
        default=False, description="send clients of one-file jobs to a presigned URL, where the store has those"
    )

    # The worker. The two time limits are Celery's, for one message; pressing must end before the soft one.
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
        default=60.0, gt=0, description="seconds before the first retry; doubled with each"
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

    @model_validator(mode="after")
    def _limits_nest(self) -> Self:
        if not self.bulkpress_press_limit_s < self.bulkpress_soft_time_limit_s < self.bulkpress_hard_time_limit_s:
            raise ValueError(
                "BULKPRESS_PRESS_LIMIT_S must be below BULKPRESS_SOFT_TIME_LIMIT_S, and that below "
                "BULKPRESS_HARD_TIME_LIMIT_S: otherwise Celery ends the worker before the file's own limit can"
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
    def lease(self) -> timedelta:
        """How long a claim holds without renewal."""
        return timedelta(seconds=self.bulkpress_lease_s)

    @property
    def visibility_timeout_s(self) -> int:
        """After how many seconds Redis redelivers an unacknowledged message: past the hard limit, with grace."""
        return self.bulkpress_hard_time_limit_s + 60


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
