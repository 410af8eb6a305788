"""Reading a multipart upload (RFC 7578) as it arrives: each file goes straight on to an intake, nothing is spooled."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, ClassVar, Protocol
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MAX_BOUNDARY_LENGTH, MultipartParser, parse_options_header

from bulkpress_core.domain.errors import InvalidRequestError, InvalidSettingError
from bulkpress_core.domain.options import OPTION_NAMES, JobOptions

FILE_FIELDS = frozenset({"files", "files[]", "file"})
FILE_SETTINGS = "file_settings"
MAX_SETTING_BYTES = 4096
MAX_FILE_SETTINGS_BYTES = 2**20
MAX_HEADERS_PER_PART = 16
MAX_HEADER_BYTES = 8 * 1024  # of one line; a file name of 255 characters in UTF-8 takes 1 KiB
EXTENDED_NAME = re.compile(rb"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", re.IGNORECASE)  # RFC 5987


class NotMultipartError(InvalidRequestError):
    """The request is neither multipart/form-data, with PDFs as parts `files` (`curl -F`), nor application/json."""

    code = "not_multipart"


class EncodedBodyError(InvalidRequestError):
    """The body is compressed (`Content-Encoding`). Send it as it is: PDFs are compressed already."""

    code = "encoded_body"
    headers: ClassVar[Mapping[str, str]] = {"Accept-Encoding": "identity"}  # RFC 9110, 15.5.16


class MalformedMultipartError(InvalidRequestError):
    """The multipart body breaks the rules of RFC 7578 or ends too early. Check the client that makes it."""

    code = "malformed_multipart"


class UnknownFieldError(InvalidRequestError):
    """The form has a field that this version does not know."""

    code = "unknown_field"


class LateFileSettingsError(InvalidSettingError):
    """`file_settings` speaks of a file that was sent before it. Send that field before the files."""

    code = "late_file_settings"


class SettingsOfNoFileError(InvalidSettingError):
    """`file_settings` speaks of a file that was not sent."""

    code = "settings_of_no_file"


@dataclass(frozen=True, slots=True)
class Form:
    """Which fields an upload may have."""

    files: frozenset[str] = FILE_FIELDS
    options: frozenset[str] = OPTION_NAMES
    file_settings: bool = True

    @property
    def known(self) -> str:
        """The fields, for people."""
        of_files = [FILE_SETTINGS] if self.file_settings else []
        return ", ".join([min(self.files, key=lambda name: (name != "files", name)), *of_files, *sorted(self.options)])


BULK_FORM = Form()
ReadOptions = Callable[[Mapping[str, object]], JobOptions]
ReadFileSettings = Callable[[str], Mapping[int, Mapping[str, Any]]]


class Receiver(Protocol):
    """Where the files of an upload go, one after another."""

    def begin(self, name: str, asked: Mapping[str, Any]) -> None:
        """Start the next file, with settings of its own."""

    def write(self, piece: bytes) -> None:
        """Append to the file begun last."""

    def end(self) -> None:
        """Complete the file begun last."""

    def discard(self) -> None:
        """Delete all that was received."""


def check_coding(content_encoding: str | None) -> None:
    """Raise EncodedBodyError for a body that is not sent as it is."""
    if (content_encoding or "identity").strip().lower() != "identity":
        raise EncodedBodyError


def boundary_of(content_type: str | None) -> bytes:
    """The boundary between the parts of a body with this Content-Type. Raises NotMultipartError."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        raise NotMultipartError
    if not (boundary := options.get(b"boundary")):
        raise MalformedMultipartError("the Content-Type names no boundary: let the HTTP client set that header itself")
    if len(boundary) > MAX_BOUNDARY_LENGTH:
        raise MalformedMultipartError(f"the boundary is longer than {MAX_BOUNDARY_LENGTH} bytes: RFC 2046 allows 70")
    return boundary


class UploadReader:
    """Turns the bytes of a multipart body into calls on a Receiver, in the thread that feeds it."""

    def __init__(
        self,
        boundary: bytes,
        receiver: Receiver,
        read_options: ReadOptions,
        read_file_settings: ReadFileSettings,
        form: Form = BULK_FORM,
    ) -> None:
        self._form = form
        self._receiver = receiver
        self._read_options = read_options
        self._read_file_settings = read_file_settings
        self._fields: dict[str, object] = {}
        self._own: Mapping[int, Mapping[str, Any]] | None = None  # settings of single files; None if none were sent
        self._begun = 0  # files
        self._part: _FilePart | _SettingPart | None = None
        self._header_name = self._header_value = b""
        self._headers: dict[bytes, bytes] = {}
        self._ended = False
        self._lock = Lock()  # a server shutting down cancels the feeding coroutine, but not its thread
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
            max_header_count=MAX_HEADERS_PER_PART,
            max_header_size=MAX_HEADER_BYTES,
        )

    def feed(self, piece: bytes) -> None:
        """Read on. Raises InvalidRequestError for what is the sender's fault, and whatever the receiver raises."""
        with self._lock:
            try:
                self._parser.write(piece)
            except FormParserError as error:
                raise MalformedMultipartError(f"the multipart body cannot be read: {error}") from None

    def finish(self) -> JobOptions:
        """Say that the body has ended; return the options it asked for. Raises MalformedMultipartError."""
        if not self._ended:
            raise MalformedMultipartError("the multipart body ends before its closing boundary: send it again, whole")
        if missing := [number for number in self._own or () if number >= self._begun]:
            raise SettingsOfNoFileError(f"{FILE_SETTINGS} speaks of file {min(missing)}, but {self._begun} were sent")
        return self._read_options(self._fields)

    def abandon(self) -> None:
        """Discard all that was received, once the thread that is feeding has come to rest."""
        with self._lock:
            self._receiver.discard()

    # What the parser calls.

    def _on_part_begin(self) -> None:
        self._headers = {}
        self._header_name = self._header_value = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _on_headers_finished(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"")
        kind, options = parse_options_header(disposition)
        if kind != b"form-data" or b"name" not in options:
            raise MalformedMultipartError('a part has no `Content-Disposition: form-data; name="…"` header')
        field = _text(options[b"name"])
        if field in self._form.files:
            self._part = _FilePart(self._begin, self._receiver, _file_name(disposition, options))
        elif field == FILE_SETTINGS and self._form.file_settings:
            self._part = _SettingPart(field, MAX_FILE_SETTINGS_BYTES, self._take_file_settings)
        elif field in self._form.options:
            self._part = _SettingPart(field, MAX_SETTING_BYTES, partial(self._take_option, field))
        else:
            raise UnknownFieldError(f"unknown form field {field[:60]!r}: this version knows {self._form.known}")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._part:
            self._part.write(data[start:end])

    def _on_part_end(self) -> None:
        if self._part:
            self._part.end()
            self._part = None

    def _on_end(self) -> None:
        self._ended = True

    # What parts call.

    def _begin(self, name: str) -> None:
        self._receiver.begin(name, (self._own or {}).get(self._begun, {}))
        self._begun += 1

    def _take_option(self, name: str, value: str) -> None:
        """Checked as soon as it is whole, before any file that follows is taken in."""
        if name in self._fields:
            raise InvalidSettingError(f"{name} was sent twice: send it once")
        self._fields[name] = value
        self._read_options(self._fields)

    def _take_file_settings(self, value: str) -> None:
        if self._own is not None:
            raise InvalidSettingError(f"{FILE_SETTINGS} was sent twice: send it once")
        self._own = self._read_file_settings(value) if value else {}
        if late := [number for number in self._own if number < self._begun]:
            raise LateFileSettingsError(
                f"{FILE_SETTINGS} speaks of file {min(late)}, which was sent before it: send that field first"
            )


class _FilePart:
    """A file. An HTML form whose file field was left empty sends a part with an empty name and no bytes: no file."""

    def __init__(self, begin: Callable[[str], None], receiver: Receiver, name: str | None) -> None:
        self._begin = begin
        self._receiver = receiver
        self._begun = name != ""
        if self._begun:
            begin(name or "")

    def write(self, piece: bytes) -> None:
        if not self._begun:
            self._begin("")
            self._begun = True
        self._receiver.write(piece)

    def end(self) -> None:
        if self._begun:
            self._receiver.end()


class _SettingPart:
    """A form field that sets something."""

    def __init__(self, name: str, most_bytes: int, take: Callable[[str], None]) -> None:
        self._name = name
        self._most_bytes = most_bytes
        self._take = take
        self._value = bytearray()

    def write(self, piece: bytes) -> None:
        self._value += piece
        if len(self._value) > self._most_bytes:
            raise InvalidSettingError(f"{self._name} is longer than {self._most_bytes} bytes")

    def end(self) -> None:
        self._take(_text(bytes(self._value)))


def _file_name(disposition: bytes, options: dict[bytes, bytes]) -> str | None:
    """The name of a file part: "" when a form sent an empty one, None when none was sent."""
    if (plain := options.get(b"filename")) is not None:
        return _text(plain)
    if extended := EXTENDED_NAME.search(disposition):  # RFC 7578, 4.2 forbids it; old clients send it all the same
        return _text(unquote_to_bytes(extended[1]))
    return None


def _text(raw: bytes) -> str:
    """Browsers send UTF-8 (HTML, 4.10.21.7); what is not UTF-8 is read as Latin-1, which reads anything."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
