"""Where messages, jobs and bytes live."""

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from bulkpress_core.domain.origins import S3_URL, S3Place
from bulkpress_core.settings.base import Group

REDIS_SCHEMES = ("redis://", "rediss://", "unix://", "sentinel://")


class StorageSettings(Group):
    """Redis and the object store. The first two are known to operators of the first version."""

    celery_broker_url: SecretStr = Field(
        default=SecretStr("redis://localhost:6379/0"), description="Redis that carries the Celery messages"
    )
    celery_result_backend: SecretStr = Field(
        default=SecretStr("redis://localhost:6379/0"), description="Redis that keeps Celery's task results"
    )

    bulkpress_sentinel_master: str = Field(
        default="mymaster", min_length=1, description="name of the primary that `sentinel://` addresses are asked for"
    )

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
    bulkpress_s3_public_endpoint: str | None = Field(
        default=None,
        description="URL of the S3 server as clients reach it, for the URLs they are given; "
        "`BULKPRESS_S3_ENDPOINT`, unless told otherwise",
    )
    bulkpress_s3_path_style: bool = Field(
        default=True, description="name buckets in the path, as most servers other than AWS want"
    )
    bulkpress_s3_part_size_bytes: int = Field(
        default=8 * 2**20, ge=5 * 2**20, description="part of a multipart upload; S3 takes none under 5 MiB"
    )

    bulkpress_s3_prefixes: Mapping[str, Sequence[str]] = Field(
        default_factory=dict,
        description="where in that S3 installation jobs of a tenant may read files from and write results to, as JSON: "
        '`{"acme": ["s3://archive/acme/"]}`. Nowhere, unless told otherwise',
    )

    @field_validator("bulkpress_s3_prefixes")
    @classmethod
    def _are_prefixes(cls, prefixes: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
        for prefix in (one for some in prefixes.values() for one in some):
            if not S3_URL.fullmatch(prefix) or not prefix.endswith("/"):
                raise ValueError(f"{prefix!r} is no prefix of objects: write s3://bucket/path/")
        return prefixes

    @model_validator(mode="after")
    def _keeps_out_of_prefixes(self) -> Self:
        store = S3Place.of(self.bulkpress_store.rstrip("/") + "/")
        for tenant, prefixes in self.s3_prefixes.items():
            for prefix in prefixes if self.bulkpress_store.startswith("s3://") else ():
                if prefix.holds(store) or store.holds(prefix):
                    raise ValueError(
                        f"BULKPRESS_S3_PREFIXES lets {tenant!r} at {prefix.url}, where BULKPRESS_STORE keeps the files "
                        "of all tenants: keep the two apart"
                    )
        return self

    @field_validator("celery_broker_url", "celery_result_backend", "bulkpress_state_url")
    @classmethod
    def _is_redis(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(REDIS_SCHEMES):
            raise ValueError(f"must begin with one of {', '.join(REDIS_SCHEMES)}")
        return url

    @field_validator("bulkpress_s3_endpoint", "bulkpress_s3_public_endpoint")
    @classmethod
    def _is_http(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return url

    @property
    def s3_prefixes(self) -> dict[str, tuple[S3Place, ...]]:
        """Where the jobs of each tenant may read and write."""
        return {tenant: tuple(map(S3Place.of, some)) for tenant, some in self.bulkpress_s3_prefixes.items()}

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
