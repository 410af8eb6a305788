"""Jobs whose files are named and not sent along: what the JSON body of POST /api/compress/bulk says, read and checked.

Checked is what can be without asking anybody: what is here is refused before a worker finds it out.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from bulkpress_core.domain.compression import Seal
from bulkpress_core.domain.errors import InvalidSettingError, NoFilesError
from bulkpress_core.domain.origins import MAX_SOURCE_URL_CHARS, SOURCE_URL, DirectUpload, WebAddress, without_query
from upload_gateway import option_schema, s3_jobs
from upload_gateway.file_settings import own_settings
from upload_gateway.named_files import InvalidSourceError, NamedFile

MAX_NAME_CHARS = 1024
TYPES: Mapping[str, tuple[type, str]] = {
    "string": (str, "text"),
    "boolean": (bool, "true or false"),
    "integer": (int, "a whole number"),
}

FILE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "url": {
            "type": "string",
            "pattern": f"^{SOURCE_URL.pattern}$",
            "maxLength": MAX_SOURCE_URL_CHARS,
            "description": "Where a worker fetches the file: http or https, port 80, 443 or from 1024 on, on the "
            "public internet. Redirects are not followed. It is kept encrypted where the installation has a secret, "
            "shown without its query, and never logged.",
        },
        "size_bytes": {
            "type": "integer",
            "minimum": 1,
            "description": "Of a file without `url`: it waits for you to upload it straight to the object store, by "
            "URLs that `list_uploads` and `read_upload` give. Where the store has no URLs: 409, `no_direct_uploads`.",
        },
        "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_NAME_CHARS,
            "description": "What the file is called, folders included; the end of its address, if there is none.",
        },
        **option_schema.COMPRESSION,
    },
    "if": {"required": ["url"]},
    "then": {"properties": {"size_bytes": False}},
    "else": {"required": ["size_bytes", "name"]},
    "additionalProperties": False,
    **option_schema.CONTRADICTIONS,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "files": {
            "type": "array",
            "minItems": 1,
            "items": FILE,
            "description": "Files by their addresses, or by the sizes in which you will upload them. Either these are "
            "sent, or `source`.",
        },
        "source": s3_jobs.SOURCE,
        "target": s3_jobs.TARGET,
        **option_schema.ALL,
    },
    "if": {"required": ["files"]},
    "then": {"properties": {"source": False, "target": False}},
    "else": {"required": ["source"]},
    "additionalProperties": False,
    **option_schema.CONTRADICTIONS,
}


def options_in(body: Mapping[str, Any]) -> dict[str, Any]:
    """The job's options, of the types that they have in JSON. Raises InvalidSettingError, InvalidSourceError."""
    given = {name: value for name, value in body.items() if name not in {"files", "source", "target"}}
    return _typed("the job", given, option_schema.ALL)


def files_in(body: Mapping[str, Any], seal: Seal | None) -> Iterator[NamedFile]:
    """The job's files, one after the other. Raises NoFilesError, and errors that name the entry."""
    entries = body.get("files")
    if "target" in body:
        raise InvalidSourceError("target is for jobs with a `source` in S3: results of fetched files stay in the job")
    if not isinstance(entries, list):
        raise InvalidSourceError(
            "the body has no `source` and no list `files`: send one object for each file, with its `url`, "
            "or its `name` and `size_bytes`"
        )
    if not entries:
        raise NoFilesError("the list `files` is empty: send one object for each file")
    for index, entry in enumerate(entries):
        yield _file_of(f"files[{index}]", entry, seal)


def _file_of(whose: str, entry: object, seal: Seal | None) -> NamedFile:
    if not isinstance(entry, dict):
        raise InvalidSourceError(f"{whose} is no object: send one with the file's `url`, or `name` and `size_bytes`")
    if "size_bytes" in entry:
        return _file_to_upload(whose, entry, seal)
    url, name = entry.get("url"), entry.get("name", "")
    if not isinstance(url, str) or len(url) > MAX_SOURCE_URL_CHARS or not SOURCE_URL.fullmatch(url):
        raise InvalidSourceError(
            f"{whose}.url is no address that files are fetched from: send an http or https URL in ASCII, of at most "
            f"{MAX_SOURCE_URL_CHARS} characters, with no user, password or fragment, on port 80, 443 or from 1024 on"
        )
    if "name" in entry:
        _check_name(whose, name)
    given = {word: value for word, value in entry.items() if word not in {"url", "name"}}
    asked = own_settings(whose, _typed(whose, given, option_schema.COMPRESSION), seal)
    shown = without_query(url)
    address = WebAddress(seal(url) if seal else url, shown, is_sealed=seal is not None)
    return NamedFile(name or _last_part(shown), address, asked)


def _file_to_upload(whose: str, entry: Mapping[str, Any], seal: Seal | None) -> NamedFile:
    """A file that its client puts into the object store."""
    size_bytes, name = entry["size_bytes"], entry.get("name")
    if "url" in entry:
        raise InvalidSourceError(f"{whose} has `url` and `size_bytes`: a file is fetched or uploaded, not both")
    if isinstance(size_bytes, float) and size_bytes.is_integer():  # 1.0 is an integer (JSON Schema, 6.1.1)
        size_bytes = int(size_bytes)
    if not isinstance(size_bytes, int) or isinstance(size_bytes, bool) or size_bytes < 1:
        raise InvalidSourceError(f"{whose}.size_bytes must be the file's size in bytes, a whole number from 1 on")
    _check_name(whose, name)
    given = {word: value for word, value in entry.items() if word not in {"size_bytes", "name"}}
    asked = own_settings(whose, _typed(whose, given, option_schema.COMPRESSION), seal)
    return NamedFile(str(name), DirectUpload(), asked, size_bytes)


def _check_name(whose: str, name: object) -> None:
    if not isinstance(name, str) or not 1 <= len(name) <= MAX_NAME_CHARS:
        raise InvalidSourceError(f"{whose}.name must be text of 1 to {MAX_NAME_CHARS} characters")


def _last_part(shown: str) -> str:
    """What the file is called at its host."""
    return unquote(shown.partition("://")[2].partition("/")[2].rpartition("/")[2])


def _typed(whose: str, given: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The options, if they are of the types that their schemas name; in forms, all is text. Unknown ones stay as they
    are, to be told of by who reads the options."""
    return {name: _of_type(f"{whose}: {name}", value, schemas.get(name, {})) for name, value in given.items()}


def _of_type(what: str, value: object, schema: Mapping[str, Any]) -> object:
    kind, words = TYPES.get(schema.get("type", ""), (object, ""))
    if kind is int and isinstance(value, float) and value.is_integer():  # 1.0 is an integer (JSON Schema, 6.1.1)
        value = int(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InvalidSettingError(f"{what} must be {words}")
    if value == "" and "enum" in schema:
        raise InvalidSettingError(f"{what} must be one of {', '.join(schema['enum'])}")
    return value
