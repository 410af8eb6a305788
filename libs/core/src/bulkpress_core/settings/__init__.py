"""All settings of the services, read from the environment once, in each service's bootstrap. Nothing else reads it."""

from pydantic import ValidationError

from bulkpress_core.settings.access import AccessSettings
from bulkpress_core.settings.gateway import GatewaySettings
from bulkpress_core.settings.intake import IntakeSettings
from bulkpress_core.settings.lanes import LaneLimits, LaneSettings
from bulkpress_core.settings.limits import LimitSettings, OwnLimits
from bulkpress_core.settings.operation import OperationSettings
from bulkpress_core.settings.security import SecuritySettings
from bulkpress_core.settings.storage import StorageSettings
from bulkpress_core.settings.worker import WorkerSettings

__all__ = ["LaneLimits", "Settings", "SettingsError", "read_settings"]


class SettingsError(ValueError):
    """The environment sets something that cannot be. The message names each variable and what is wrong with it."""


class Settings(  # listed on the page from the last to the first
    OperationSettings,
    WorkerSettings,
    LaneSettings,
    GatewaySettings,
    AccessSettings,
    SecuritySettings,
    LimitSettings,
    IntakeSettings,
    StorageSettings,
):
    """A variable is its field's name in capitals; docs/reference/settings.md lists them."""

    def max_file_bytes(self, tenant: str) -> int:
        """The largest file that is taken of this tenant."""
        own = self.bulkpress_tenant_limits.get(tenant, OwnLimits())
        return own.max_file_bytes or self.bulkpress_max_file_bytes


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
