"""Lanes: the Celery queues, by the names operators of the first version know."""

from enum import StrEnum


class Lane(StrEnum):
    """A queue with a worker pool of its own."""

    COMPRESSION = "compression"  # bulk work
    CLEANUP = "cleanup"  # expiry


PRESS_LANES = (Lane.COMPRESSION,)


class TaskName(StrEnum):
    """The names under which Celery tasks are registered and sent; the first two are the first version's."""

    PROCESS_BULK_COMPRESSION = "src.tasks.compression_tasks.process_bulk_compression"
    CLEANUP_EXPIRED_JOBS = "src.tasks.compression_tasks.cleanup_expired_jobs"
    PRESS_NEXT = "compression_worker.tasks.press_next"
