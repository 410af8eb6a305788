"""Who may use the gateway."""

from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from bulkpress_core.settings.base import Group, listed

WAYS = ("keys", "jwt")
NOBODY_IS_ASKED = "none"
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


class AccessSettings(Group):
    """How callers show who they are."""

    bulkpress_auth: str = Field(
        default="",
        description="how callers show who they are: `keys` (`bulkpress keys create`), `jwt` or both with a comma "
        "between them. Empty asks nobody, which the gateway does only on loopback; `none` asks nobody anywhere: for "
        "where something before it does",
    )
    bulkpress_jwt_issuer: str = Field(default="", description="`iss` that tokens must have")
    bulkpress_jwt_audience: str = Field(default="", description="`aud` that tokens must have")
    bulkpress_jwt_jwks_url: str = Field(
        default="", description="URL of the issuer's key set (RFC 7517); https, or http on loopback"
    )
    bulkpress_jwt_tenant_claim: str = Field(
        default="tenant", min_length=1, description="claim of a token that names the tenant"
    )
    bulkpress_jwt_scope_claim: str = Field(
        default="scope", min_length=1, description="claim that lists what its holder may do, as a list or with spaces"
    )
    bulkpress_jwt_leeway_s: int = Field(
        default=30, ge=0, le=120, description="seconds by which the clocks of issuer and gateway may differ"
    )

    @field_validator("bulkpress_auth")
    @classmethod
    def _are_ways(cls, auth: str) -> str:
        ways = listed(auth)
        if unknown := [way for way in ways if way not in {*WAYS, NOBODY_IS_ASKED}]:
            raise ValueError(f"{unknown[0]!r} is no way to show who one is: name `keys`, `jwt`, both, or `none`")
        if NOBODY_IS_ASKED in ways and len(ways) > 1:
            raise ValueError("`none` asks nobody, so nothing can stand beside it")
        return auth

    @field_validator("bulkpress_jwt_jwks_url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS):
            raise ValueError("must begin with https://: who can change the keys on their way can be anybody")
        return url

    @model_validator(mode="after")
    def _names_the_issuer(self) -> Self:
        if "jwt" in self.auth_ways:
            for name in ("bulkpress_jwt_issuer", "bulkpress_jwt_audience", "bulkpress_jwt_jwks_url"):
                if not getattr(self, name):
                    raise ValueError(f"BULKPRESS_AUTH has `jwt`, so {name.upper()} must be set")
        return self

    @property
    def auth_ways(self) -> tuple[str, ...]:
        """The ways in which callers may show who they are; none where nobody is asked."""
        return tuple(way for way in listed(self.bulkpress_auth) if way != NOBODY_IS_ASKED)

    @property
    def asks_nobody_on_purpose(self) -> bool:
        """Whether the operator said that nobody is to be asked, wherever the gateway listens."""
        return NOBODY_IS_ASKED in listed(self.bulkpress_auth)
