"""Opening a document that nobody vouches for: each way to refuse it has a code, and none costs more than it may."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pikepdf import PasswordError as WrongPasswordError
from pikepdf import Pdf, PdfError
from pikepdf.settings import qpdf_limit_errors, set_qpdf_limits

from bulkpress_engine.errors import (
    DamagedPdfError,
    EmptyFileError,
    EncryptedPdfError,
    NotAPdfError,
    TooComplexError,
    UnknownEncryptionError,
)
from bulkpress_engine.options import Limits

HEADER = b"%PDF-"
HEADER_WITHIN_BYTES = 4096  # readers accept 1024 (ISO 32000-1, Annex H, note 13); mail and web gateways prepend more
MAX_FILTERS = 8  # of one stream; real ones have three at most
MAX_WARNINGS = 100_000  # a file damaged in more places is not worth repairing
UINT32_MAX = 2**32 - 1  # the largest limit that qpdf takes


@contextmanager
def opened(source: Path, password: str, limits: Limits) -> Iterator[Pdf]:
    """The document in `source`, its page tree sound and within `limits`; closed on exit.

    Raises a RefusedPdfError whose code says what is wrong. `password` may be the user's or the owner's.
    """
    _check_header(source)
    _bound_parser(limits)
    exceeded = qpdf_limit_errors()
    with source.open("rb") as file:  # qpdf opens only paths in UTF-8, and its messages name what it was given
        try:
            pdf = Pdf.open(file, password="" if "\0" in password else password)  # qpdf takes none with a null byte
        except WrongPasswordError:
            raise EncryptedPdfError from None
        except PdfError as error:
            raise _refusal(str(error).replace(repr(file), "")) from None
        except ValueError as error:  # numbers beyond 64 bits in a cross-reference table that qpdf tries to repair
            raise _refusal(str(error)) from None
        with pdf:
            try:
                _check_size(pdf, limits)
                _check_nothing_dropped(pdf, exceeded)
            except PdfError as error:
                raise _refusal(str(error).replace(repr(file), "")) from None
            yield pdf


def _check_header(source: Path) -> None:
    with source.open("rb") as file:
        head = file.read(HEADER_WITHIN_BYTES)
    if not head:
        raise EmptyFileError
    if HEADER not in head:
        raise NotAPdfError


def _bound_parser(limits: Limits) -> None:
    """Bound qpdf itself, for the process: it decodes object streams before a single object can be looked at."""
    stream_bytes = min(limits.stream_bytes, UINT32_MAX)
    set_qpdf_limits(
        doc_max_warnings=MAX_WARNINGS,
        parser_max_nesting=limits.nesting,
        max_stream_filters=MAX_FILTERS,
        flate_max_memory=stream_bytes,
        png_max_memory=stream_bytes,
        tiff_max_memory=stream_bytes,
        run_length_max_memory=stream_bytes,
        dct_max_memory=stream_bytes,
    )


def _check_size(pdf: Pdf, limits: Limits) -> None:
    objects, pages = len(pdf.objects), len(pdf.pages)  # qpdf walks the page tree here and refuses loops
    if objects > limits.objects:
        raise TooComplexError(f"The document has {objects} objects; at most {limits.objects} are read.")
    if pages > limits.pages:
        raise TooComplexError(f"The document has {pages} pages; at most {limits.pages} are read. Split it.")
    if pages == 0:
        raise DamagedPdfError("The document has no pages, so there is nothing to compress.")


def _check_nothing_dropped(pdf: Pdf, exceeded: int) -> None:
    """Refuse a document of which the parser left something out because of a limit: saving would lose it."""
    warned = any("memory limit exceeded" in str(warning) for warning in pdf.get_warnings())
    if warned or qpdf_limit_errors() > exceeded:
        raise TooComplexError


def _refusal(message: str) -> Exception:
    """The error for what qpdf said. Its messages are the only thing that tells these cases apart."""
    if "encryption" in message and ("unsupported" in message or "filter" in message):
        return UnknownEncryptionError()
    if "too deeply nested" in message or "limit" in message:
        return TooComplexError()
    return DamagedPdfError()
