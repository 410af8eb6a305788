"""What all groups of settings have in common."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class Group(BaseSettings):
    """Settings that belong together. Typed, bounded and frozen."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


def listed(text: str) -> tuple[str, ...]:
    """What stands between the commas of a setting."""
    return tuple(one.strip() for one in text.split(",") if one.strip())
