"""The engine's errors, one tree. Each ends one file and harms nothing else.

    EngineError
    ├── RefusedPdfError              the document, as it is, cannot or must not be pressed: trying again is in vain
    │   ├── EmptyFileError           empty_file
    │   ├── NotAPdfError             not_a_pdf
    │   ├── DamagedPdfError          damaged_pdf
    │   ├── EncryptedPdfError        encrypted_pdf
    │   ├── UnknownEncryptionError   unknown_encryption
    │   ├── SignedPdfError           signed_pdf
    │   ├── ArchivalPdfError         archival_pdf
    │   └── TooComplexError          too_complex
    ├── LimitError                   the press cost more than it may
    │   ├── TimedOutError            timed_out
    │   ├── OutOfMemoryError         out_of_memory
    │   │   └── KilledError          killed
    │   └── OutputTooLargeError      output_too_large
    ├── EngineCrashError             engine_crash
    └── CancelledError               cancelled (the caller gave up)

`code` is for machines and never changes; the docstring is the message for people when no better one is given.
"""

import inspect
from typing import ClassVar


class EngineError(Exception):
    """The file could not be pressed."""

    code: ClassVar[str] = "engine_error"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or inspect.cleandoc(self.__doc__ or ""))


class RefusedPdfError(EngineError):
    """The document cannot be pressed as it is."""

    code = "refused_pdf"


class EmptyFileError(RefusedPdfError):
    """The file has no bytes. Check that it was written and sent completely."""

    code = "empty_file"


class NotAPdfError(RefusedPdfError):
    """The file is not a PDF: it has no %PDF header. Check that it is what its name says."""

    code = "not_a_pdf"


class DamagedPdfError(RefusedPdfError):
    """The document is damaged beyond repair. Open it in the program that made it and export it anew."""

    code = "damaged_pdf"


class EncryptedPdfError(RefusedPdfError):
    """The document opens only with a password, and none or a wrong one was given. Send it as `password`."""

    code = "encrypted_pdf"


class UnknownEncryptionError(RefusedPdfError):
    """The document is encrypted in a way that no PDF standard knows. Only the program that made it opens it."""

    code = "unknown_encryption"


class SignedPdfError(RefusedPdfError):
    """The document is signed, and the policy is to refuse those. Use `keep` to get the original back."""

    code = "signed_pdf"


class ArchivalPdfError(RefusedPdfError):
    """The document is PDF/A, and the policy is to refuse those. Use `keep` to compress it within PDF/A."""

    code = "archival_pdf"


class TooComplexError(RefusedPdfError):
    """The document nests deeper, or has more pages or objects, than may be read safely."""

    code = "too_complex"


class LimitError(EngineError):
    """Pressing the document cost more than it may."""

    code = "limit"


class TimedOutError(LimitError):
    """Pressing the document took longer than it may."""

    code = "timed_out"


class OutOfMemoryError(LimitError):
    """Pressing the document took more memory than it may."""

    code = "out_of_memory"


class KilledError(OutOfMemoryError):
    """The process that pressed the document was killed from outside, most likely by a system short of memory."""

    code = "killed"


class OutputTooLargeError(LimitError):
    """Pressing the document wrote more to disk than it may."""

    code = "output_too_large"


class EngineCrashError(EngineError):
    """The engine ended unexpectedly on this document. Please report it, with the document if you may."""

    code = "engine_crash"


class CancelledError(EngineError):
    """The press was given up by its caller."""

    code = "cancelled"


def error_of(code: str, message: str) -> EngineError:
    """The error with this code, as a child process reported it; an unknown code becomes EngineCrashError."""
    return _BY_CODE.get(code, EngineCrashError)(message)


def _tree(kind: type[EngineError]) -> list[type[EngineError]]:
    return [kind, *(leaf for child in kind.__subclasses__() for leaf in _tree(child))]


_BY_CODE = {kind.code: kind for kind in _tree(EngineError)}
