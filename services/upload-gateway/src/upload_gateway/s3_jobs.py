"""Jobs of objects in S3: a prefix, a manifest or a list of keys, and where their results go.

InvalidRequestError
├── PrefixNotAllowedError     prefix_not_allowed    403
├── InvalidSourceError        invalid_source        422
│   ├── InvalidTargetError    invalid_target        422
│   └── InvalidManifestError  invalid_manifest      422
└── ManifestTooLargeError     manifest_too_large    413
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from itertools import islice
from typing import Any

from bulkpress_core.domain.errors import InvalidRequestError, NoFilesError, ObjectNotFoundError, TooManyFilesError
from bulkpress_core.domain.origins import MAX_KEY_BYTES, MAX_S3_URL_CHARS, ForeignObject, S3Place
from bulkpress_core.ports.foreign_objects import ForeignObjects
from upload_gateway.json_bodies import parsed
from upload_gateway.named_files import InvalidSourceError, NamedFile

MAX_MANIFEST_BYTES = 16 * 2**20
PLAIN = r"[^\x00-\x1f\x7f]"
BUCKET = r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/"
PREFIX = re.compile(rf"{BUCKET}({PLAIN}*/)?")
MANIFEST = re.compile(rf"{BUCKET}{PLAIN}*[.](csv|json)")
OBJECT = re.compile(rf"{BUCKET}({PLAIN}*/)?[^\x00-\x1f\x7f/]+")
HEADERS = frozenset({"key", "url"})  # of the first column of a CSV manifest


def _url(pattern: re.Pattern[str], description: str) -> dict[str, Any]:
    return {
        "type": "string",
        "pattern": f"^{pattern.pattern}$",
        "maxLength": MAX_S3_URL_CHARS,
        "description": description,
    }


SOURCE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "prefix": _url(PREFIX, "All objects below it whose keys end in .pdf."),
        "manifest": _url(MANIFEST, "An object that lists keys, as CSV in the first column, or as a JSON list."),
        "keys": {"type": "array", "minItems": 1, "items": _url(OBJECT, "An object.")},
    },
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
    "description": "Files in S3, where the operator lets this tenant (`BULKPRESS_S3_PREFIXES`). They stay as they are.",
}
TARGET = _url(
    PREFIX,
    "Where results are written, with the same tree and names: below a source's prefix, or with whole keys. Without it, "
    "they are downloaded from here.",
)


class PrefixNotAllowedError(InvalidRequestError):
    """The operator does not let this tenant read or write there."""

    code = "prefix_not_allowed"


class InvalidTargetError(InvalidSourceError):
    """Results cannot go there: they could replace what they are made from."""

    code = "invalid_target"


class InvalidManifestError(InvalidSourceError):
    """The manifest cannot be read."""

    code = "invalid_manifest"


class ManifestTooLargeError(InvalidRequestError):
    """The manifest is larger than is read. Split it into several."""

    code = "manifest_too_large"


class S3Jobs:
    """Finds the files of such jobs, for tenants that may name them."""

    def __init__(self, objects: ForeignObjects | None, allowed: Mapping[str, Sequence[S3Place]]) -> None:
        self._objects = objects
        self._allowed = allowed

    def files_in(self, tenant: str, body: Mapping[str, Any], *, most: int) -> Iterator[NamedFile]:
        """The files that the body names. What is wrong with it is raised at once, except for keys in a list that
        is read as the files are taken: TooManyFilesError, where more than `most` objects are below the prefix."""
        if "files" in body:
            raise InvalidSourceError("files and source are two ways to name files: send one of them")
        source, target = _source_of(body["source"]), None
        if "target" in body:
            target = _place("target", body["target"], PREFIX)
            self._check_allowed(tenant, target)
        kind, named = source
        for place in named:
            self._check_allowed(tenant, place)
            _check_apart(place, target)
        if kind == "prefix":
            return self._below(named[0], target, most)
        return _listed(self._in_manifest(tenant, named[0], target, most) if kind == "manifest" else named, target)

    def _check_allowed(self, tenant: str, place: S3Place) -> None:
        if not any(prefix.holds(place) for prefix in self._allowed.get(tenant, ())):
            raise PrefixNotAllowedError(f"this tenant may not use {place.url}: ask the operator to allow it")
        _check_plain(place)

    def _reachable(self) -> ForeignObjects:
        if self._objects is None:
            raise PrefixNotAllowedError
        return self._objects

    def _below(self, prefix: S3Place, target: S3Place | None, most: int) -> Iterator[NamedFile]:
        found_any = False
        for count, found in enumerate(self._reachable().listed(prefix), start=1):
            if count > most:
                raise TooManyFilesError(f"more than {most} objects are below {prefix.url}: name one with fewer")
            if found.place.key.lower().endswith(".pdf"):
                found_any = True
                name = found.place.key.removeprefix(prefix.key)
                yield NamedFile(name, _origin(found.place, name, target), size_bytes=found.size_bytes)
        if not found_any:
            raise NoFilesError(f"no object below {prefix.url} has a key that ends in .pdf")

    def _in_manifest(self, tenant: str, manifest: S3Place, target: S3Place | None, most: int) -> list[S3Place]:
        read = _read_csv if manifest.key.endswith(".csv") else _read_json
        keys = list(islice(read(self._text_of(manifest)), most + 1))
        if not keys:
            raise NoFilesError(f"{manifest.url} lists no key")
        if len(keys) > most:
            raise TooManyFilesError(f"{manifest.url} lists more than {most} keys: split it into several")
        places = []
        for index, key in enumerate(keys):
            url = key if key.startswith("s3://") else S3Place(manifest.bucket, key).url
            place = _place(f"entry {index} of {manifest.url}", url, OBJECT)
            self._check_allowed(tenant, place)
            _check_apart(place, target)
            places.append(place)
        return places

    def _text_of(self, manifest: S3Place) -> str:
        text = bytearray()
        try:
            for piece in self._reachable().read(manifest):
                text += piece
                if len(text) > MAX_MANIFEST_BYTES:
                    raise ManifestTooLargeError(f"{manifest.url} has more than {MAX_MANIFEST_BYTES} bytes: split it")
            return text.decode("utf-8-sig")
        except ObjectNotFoundError:
            raise InvalidManifestError(f"there is no object {manifest.url}") from None
        except UnicodeDecodeError:
            raise InvalidManifestError(f"{manifest.url} is not UTF-8") from None


def _listed(places: Sequence[S3Place], target: S3Place | None) -> Iterator[NamedFile]:
    return (NamedFile(place.key, _origin(place, place.key, target)) for place in places)


def _origin(place: S3Place, name: str, target: S3Place | None) -> ForeignObject:
    if target is None:
        return ForeignObject(place)
    result = S3Place(target.bucket, target.key + name)
    _check_plain(result)
    return ForeignObject(place, result)


def _source_of(raw: object) -> tuple[str, list[S3Place]]:
    """The kind of source and what it names."""
    if not isinstance(raw, dict) or len(raw) != 1 or not raw.keys() <= SOURCE["properties"].keys():
        raise InvalidSourceError("source must be an object with one of `prefix`, `manifest` and `keys`")
    ((kind, value),) = raw.items()
    if kind != "keys":
        return kind, [_place(f"source.{kind}", value, PREFIX if kind == "prefix" else MANIFEST)]
    if not isinstance(value, list) or not value:
        raise InvalidSourceError("source.keys must be a list of objects, s3://bucket/key, and not an empty one")
    return kind, [_place(f"source.keys[{index}]", one, OBJECT) for index, one in enumerate(value)]


def _place(what: str, url: object, pattern: re.Pattern[str]) -> S3Place:
    if not isinstance(url, str) or len(url) > MAX_S3_URL_CHARS or not pattern.fullmatch(url):
        wanted = {PREFIX: "s3://bucket/path/", MANIFEST: "s3://bucket/key.csv or .json"}.get(pattern, "s3://bucket/key")
        raise InvalidSourceError(f"{what} is not what is taken here: send {wanted}")
    return S3Place.of(url)


def _check_plain(place: S3Place) -> None:
    """Refuse what some servers would take for a path that leads elsewhere, and what none takes."""
    if {".", ".."} & set(place.key.split("/")):
        raise InvalidSourceError(f"{place.url} has a part `.` or `..`, which servers read in different ways")
    if len(place.key.encode(errors="replace")) > MAX_KEY_BYTES:
        raise InvalidSourceError(f"the key of {place.url[:80]}… has more than {MAX_KEY_BYTES} bytes")


def _check_apart(source: S3Place, target: S3Place | None) -> None:
    if target and (target.holds(source) or source.holds(target)):
        raise InvalidTargetError(
            f"target {target.url} and source {source.url} lie one within the other: results could replace originals"
        )


def _read_csv(text: str) -> Iterator[str]:
    """The first column, one after the other: a manifest may have some million lines."""
    try:
        keys = (row[0] for row in csv.reader(StringIO(text, newline="")) if row and row[0])
        for index, key in enumerate(keys):
            if index or key.lower() not in HEADERS:
                yield key
    except csv.Error as error:
        raise InvalidManifestError(f"the manifest is no CSV: {error}") from None


def _read_json(text: str) -> Iterator[str]:
    try:
        keys = parsed(text)
    except ValueError:
        keys = None
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise InvalidManifestError('the manifest is no JSON list of keys: ["path/a.pdf", "s3://bucket/b.pdf"]')
    return iter(keys)
