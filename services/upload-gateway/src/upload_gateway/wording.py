"""Where a file stands, in words for people. A file that has ended brings its own words with it."""

from collections.abc import Mapping

from bulkpress_core.domain.jobs import FileState, JobFile

WAITING: Mapping[FileState, str] = {
    FileState.AWAITING_UPLOAD: "Waits to be uploaded.",
    FileState.PENDING: "Waits for its turn.",
    FileState.RUNNING: "Is being compressed.",
}


def message_of(file: JobFile) -> str:
    """Where the file stands or how it ended, in a sentence or two."""
    if file.outcome is None:
        return WAITING.get(file.state, "")
    return file.outcome.detail or file.outcome.reason
