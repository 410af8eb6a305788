"""Settings of single files of an upload: what the field `file_settings` says, read and checked."""

import re
from collections.abc import Mapping
from typing import Any

from bulkpress_core.domain.compression import Seal, asked_of
from bulkpress_core.domain.errors import InvalidSettingError
from upload_gateway.json_bodies import parsed

NUMBER = re.compile("0|[1-9][0-9]{0,8}")  # with zeros before it, one file would have two

OwnSettings = Mapping[int, Mapping[str, Any]]


def file_settings_of(text: str, seal: Seal | None) -> OwnSettings:
    """Settings by the numbers of files, from a JSON object such as `{"0": {"image_quality": 40}}`.

    Raises InvalidSettingError, which names the file.
    """
    try:
        raw = parsed(text)
    except ValueError:
        raw = None
    if not isinstance(raw, dict):
        raise InvalidSettingError('file_settings is no JSON object: send numbers of files and settings, {"0": {…}}')
    return {_number(number): own_settings(f"file {number[:12]}", asked, seal) for number, asked in raw.items()}


def own_settings(whose: str, raw: object, seal: Seal | None) -> Mapping[str, Any]:
    """One file's settings. Raises InvalidSettingError, which says whose."""
    if not isinstance(raw, dict):
        raise InvalidSettingError(f"{whose}: settings are a JSON object, by their names")
    try:
        return asked_of(raw, seal)
    except InvalidSettingError as error:
        raise type(error)(f"{whose}: {error}") from None


def _number(text: str) -> int:
    if not NUMBER.fullmatch(text):
        raise InvalidSettingError(f"file_settings names file {text[:12]!r}: files are numbered from 0 on, as sent")
    return int(text)
