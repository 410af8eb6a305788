"""The bell of stories: wakes whoever follows a job when its story may have gone on."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bulkpress_core.domain.jobs import JobId


class StoryBell(Protocol):
    """One for a process and its event loop, however many listen.

    A ring may get lost, above all while the bell is out of reach, and may come for nothing: whoever listens reads the
    story when woken, and now and then without.
    """

    def listen(self, job_id: JobId) -> AbstractAsyncContextManager[asyncio.Event]:
        """An event that is set whenever the job's story may have gone on. The listener clears it before it reads."""

    async def close(self) -> None:
        """Wake everybody for the last time and let go of the connection."""
