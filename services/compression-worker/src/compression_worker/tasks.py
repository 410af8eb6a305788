"""The doors: what Celery delivers, when it is tried again, what the log says meanwhile. The work is in handlers.py."""

from collections.abc import Callable
from functools import partial

import structlog
from celery import Celery, Task
from celery.exceptions import SoftTimeLimitExceeded
from structlog.contextvars import bound_contextvars

from bulkpress_core.domain.errors import UnavailableError
from bulkpress_core.domain.jobs import JobId
from bulkpress_core.domain.lanes import Lane, TaskName
from compression_worker import handlers, webhooks
from compression_worker.cleaning import clean_up
from compression_worker.deps import Deps
from compression_worker.opening import open_job

log = structlog.get_logger(__name__)

# Three retries, after 60, 120 and 240 seconds: what operators of the first version know.
RETRY = {
    "autoretry_for": (UnavailableError,),
    "max_retries": 3,
    "default_retry_delay": 60,
    "retry_backoff": 60,
    "retry_backoff_max": 240,  # far below the visibility timeout, past which Redis would deliver a second copy
    "retry_jitter": False,
}


def register(app: Celery, deps: Callable[[], Deps]) -> None:
    """Register the tasks with `app`; `deps` gives this process's dependencies when the first message comes."""

    task = partial(app.task, shared=False)  # of this app: a shared task would be added to every other app made here

    @task(name=TaskName.PROCESS_BULK_COMPRESSION.value, bind=True, **RETRY)
    def process_bulk_compression(self: Task, job_id: str) -> dict[str, object]:
        with bound_contextvars(task_id=self.request.id, job_id=job_id):
            return {"job_id": job_id, "file_count": open_job(JobId(job_id), deps())}

    @task(name=TaskName.CLEANUP_EXPIRED_JOBS.value, bind=True, **RETRY)
    def cleanup_expired_jobs(self: Task) -> dict[str, int]:
        with bound_contextvars(task_id=self.request.id):
            return clean_up(deps())

    @task(name=TaskName.DELIVER_WEBHOOKS.value, bind=True, ignore_result=True, **RETRY)
    def deliver_webhooks(self: Task) -> None:
        with bound_contextvars(task_id=self.request.id):
            webhooks.deliver_webhooks(deps())

    @task(name=TaskName.PRESS_NEXT.value, ignore_result=True)
    def press_next(lane: str) -> None:
        # Never retried: the file, not the message, is what must not get lost, and the job store sees to that.
        try:
            handlers.press_next(Lane(lane), deps())
        except (UnavailableError, SoftTimeLimitExceeded) as error:
            log.warning("bell.abandoned", error=repr(error))
