"""Whether what arrives is a PDF, told by its first bytes: what is none need not be stored, and is never pressed."""

from dataclasses import replace

from bulkpress_core.domain.jobs import FileState, JobFile, Outcome

HEAD_BYTES = 4096  # as far as the engine looks, or files would be refused here that it takes
MARK = b"%PDF-"  # ISO 32000-2, 7.5.2

EMPTY = Outcome(FileState.FAILED, "empty_file", "The file has no bytes. Check that it was written and sent completely.")
NOT_A_PDF = Outcome(
    FileState.FAILED, "not_a_pdf", "The file is not a PDF: it has no %PDF header. Check that it is what its name says."
)


def refused_by(head: bytes) -> Outcome | None:
    """How a file ends that begins so; None for what may be a PDF. `head` are its first HEAD_BYTES, or all of it."""
    if not head:
        return EMPTY
    return None if MARK in head[:HEAD_BYTES] else NOT_A_PDF


def ended_at_the_door(file: JobFile, outcome: Outcome) -> JobFile:
    """The file, failed before it could wait for anything: it costs nothing and is like no other."""
    return replace(file, state=FileState.FAILED, outcome=outcome, cost=0.0, digest="", heavy=False)
