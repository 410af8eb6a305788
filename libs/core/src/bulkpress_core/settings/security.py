"""Secrets, and what users may make the services do."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from bulkpress_core.settings.base import Group, listed

MIN_SECRET_CHARS = 32


class SecuritySettings(Group):
    """Secrets and bounds."""

    bulkpress_secret_key: SecretStr | None = Field(
        default=None,
        description="at least 32 random characters, the same for all services: seals passwords of PDFs and addresses "
        "of files, and signs webhooks. Several with commas between them: the first is used, the others are still "
        "understood. Without it, no passwords are taken",
    )

    bulkpress_private_networks: str = Field(
        default="",
        description="networks that webhooks and source URLs may lead to although they are not public, as CIDR with "
        "commas between them: `10.20.0.0/16`",
    )

    bulkpress_clamd: str = Field(
        default="",
        description="ClamAV's daemon, which scans every file before it is opened: `tcp://host:3310` or `unix:///path`",
    )
    bulkpress_scan_limit_s: float = Field(
        default=120.0, gt=0, description="seconds that the scanner may take to answer about one file"
    )
    bulkpress_scan_failure: Literal["fail", "pass"] = Field(
        default="fail",
        description="what becomes of a file that the scanner gives no verdict on, however often asked: `fail`, or "
        "`pass` to open it all the same",
    )

    @field_validator("bulkpress_secret_key")
    @classmethod
    def _are_secret(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and any(len(secret) < MIN_SECRET_CHARS for secret in listed(key.get_secret_value())):
            raise ValueError(f"each secret must have at least {MIN_SECRET_CHARS} characters: `openssl rand -hex 32`")
        return key

    @field_validator("bulkpress_private_networks")
    @classmethod
    def _are_networks(cls, networks: str) -> str:
        for network in listed(networks):
            ip_network(network)
        return networks

    @field_validator("bulkpress_clamd")
    @classmethod
    def _is_socket(cls, address: str) -> str:
        parts = urlsplit(address)
        if address and not ((parts.scheme == "tcp" and parts.hostname) or (parts.scheme == "unix" and parts.path)):
            raise ValueError("must be tcp://host:port or unix:///path")
        return address

    @property
    def secrets(self) -> tuple[str, ...]:
        """The installation's secrets, the one to be used first."""
        return listed(self.bulkpress_secret_key.get_secret_value()) if self.bulkpress_secret_key else ()

    @property
    def private_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Networks that users' addresses may lead to although they are not public."""
        return tuple(ip_network(network) for network in listed(self.bulkpress_private_networks))
