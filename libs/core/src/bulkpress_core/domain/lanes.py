"""Lanes: the Celery queues, by the names operators of the first version know, and which file goes into which."""

from enum import StrEnum

from bulkpress_core.domain.cost import EXPRESS_FILES, EXPRESS_TO_MS, HEAVY_FROM_MS


class Lane(StrEnum):
    """A queue with a worker pool of its own."""

    EXPRESS = "compression-express"  # small jobs: somebody is waiting
    COMPRESSION = "compression"  # bulk work
    HEAVY = "compression-heavy"  # files that take long or much memory, by prediction or as it turned out
    CLEANUP = "cleanup"  # expiry, webhooks


PRESS_LANES = (Lane.EXPRESS, Lane.COMPRESSION, Lane.HEAVY)


def is_heavy(cost_ms: float) -> bool:
    """Whether a file of that predicted cost goes into the heavy lane, whatever job it is part of."""
    return cost_ms >= HEAVY_FROM_MS


def usual_lane(files: int, cost_ms: float) -> Lane:
    """The lane of a job's other files, by how many files the job has and what they will cost together."""
    return Lane.EXPRESS if files <= EXPRESS_FILES and cost_ms <= EXPRESS_TO_MS else Lane.COMPRESSION


class TaskName(StrEnum):
    """The names under which Celery tasks are registered and sent; the first two are the first version's."""

    PROCESS_BULK_COMPRESSION = "src.tasks.compression_tasks.process_bulk_compression"
    CLEANUP_EXPIRED_JOBS = "src.tasks.compression_tasks.cleanup_expired_jobs"
    DELIVER_WEBHOOKS = "compression_worker.tasks.deliver_webhooks"
    PRESS_NEXT = "compression_worker.tasks.press_next"
