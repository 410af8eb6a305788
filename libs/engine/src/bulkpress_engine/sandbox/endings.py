"""From the way a child ended to a result or an error: facts in, value out."""

import errno
import json
import os
import signal
import traceback
from typing import Any

from bulkpress_engine.errors import (
    EngineCrashError,
    EngineError,
    KilledError,
    OutOfMemoryError,
    OutputTooLargeError,
    RefusedPdfError,
    TimedOutError,
    error_of,
)
from bulkpress_engine.options import Limits
from bulkpress_engine.sandbox.wire import Ending

# The machine's trouble and not the document's: it may pass, so the caller gets it as the OSError it is.
MACHINE_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE})
# What native code says on stderr before it aborts for want of memory.
OUT_OF_MEMORY_WORDS = ("bad_alloc", "MemoryError", "ut of memory", "annot allocate memory")
DETAIL_CHARS = 2_000
CRASH_ADVICE = "Please report it, with the document if you may."


def answer_to(error: BaseException) -> dict[str, Any]:
    """What the child answers when `press` raised: a code and a message for people, and a detail for the log."""
    match error:
        case EngineError():
            code, message = error.code, str(error)
        case MemoryError():
            code, message = OutOfMemoryError.code, ""
        case OSError(errno=number) if number in MACHINE_ERRNOS:
            return {"errno": number}
        case OSError(errno=errno.EFBIG):
            code, message = OutputTooLargeError.code, ""
        case _:
            message = f"The engine ended unexpectedly on this document ({type(error).__name__}). {CRASH_ADVICE}"
            code = EngineCrashError.code
    # A refusal says all there is to say; of anything else the log should know where it came from.
    detail = "" if isinstance(error, RefusedPdfError) else "".join(traceback.format_exception(error))[-DETAIL_CHARS:]
    return {"code": code, "message": message, "detail": detail}


def result_of(ending: Ending, limits: Limits) -> dict[str, Any]:
    """The child's result, as the values it sent.

    Raises the coded error it answered, the one its death stands for, or OSError (see MACHINE_ERRNOS) when the machine
    failed it; the detail for the log is a note on the error (PEP 678).
    """
    try:
        answer = json.loads(ending.answer)
    except ValueError:  # it died before it had answered, or while it did
        raise _noted(_death(ending, limits), ending.said) from None
    if "result" in answer:
        result: dict[str, Any] = answer["result"]
        return result
    if "errno" in answer:
        raise OSError(answer["errno"], os.strerror(answer["errno"]))
    raise _noted(error_of(answer["code"], answer["message"]), answer["detail"])


def _death(ending: Ending, limits: Limits) -> EngineError:
    """The error that a child's unannounced end stands for."""
    exit_code = os.waitstatus_to_exitcode(ending.status)
    if exit_code == -signal.SIGXCPU:
        return TimedOutError(f"Pressing the document took more than {limits.cpu_seconds} s of processor time.")
    if exit_code == -signal.SIGXFSZ:
        return OutputTooLargeError()
    if any(word in ending.said for word in OUT_OF_MEMORY_WORDS):
        return OutOfMemoryError()
    # Nobody here kills a child and then waits for its answer: this was the kernel, out of memory, or an operator.
    if exit_code == -signal.SIGKILL:
        return KilledError()
    how = signal.Signals(-exit_code).name if exit_code < 0 else f"exit code {exit_code}"
    return EngineCrashError(f"The engine ended unexpectedly on this document ({how}). {CRASH_ADVICE}")


def _noted(error: EngineError, detail: str) -> EngineError:
    if detail:
        error.add_note(detail)
    return error
