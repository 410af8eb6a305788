"""The Celery app as all services see it: queues, routes, limits and delivery. Tasks are registered by the worker."""

from collections.abc import Sequence
from itertools import combinations

from celery import Celery
from kombu import Exchange, Queue

from bulkpress_core.domain.lanes import Lane, TaskName
from bulkpress_core.settings import Settings

APP_NAME = "bulkpress"

# Publishing gives up after about two seconds, so that a request of a user never hangs on a broker that is away.
PUBLISH_RETRY = {"max_retries": 3, "interval_start": 0.1, "interval_step": 0.4, "interval_max": 1.0}
SOCKET_CONNECT_TIMEOUT_S = 3.0
SOCKET_TIMEOUT_S = 15.0  # for a broker that vanishes without closing its connections; above BRPOP's one second
GIVE_BACK_S = 15.0  # SIGQUIT (or SIGTERM with REMAP_SIGTERM=SIGQUIT) leaves that much time to give files back
CONCURRENCY = {Lane.EXPRESS: 2, Lane.COMPRESSION: 2, Lane.HEAVY: 1, Lane.CLEANUP: 1}  # processes, if not told otherwise


def make_celery(settings: Settings) -> Celery:
    """The app that sends and receives Bulkpress's tasks. Connects to nothing before it is used."""
    app = Celery(APP_NAME, set_as_current=False)
    app.conf.update(
        broker_url=settings.broker_url,
        result_backend=settings.result_backend,
        result_backend_transport_options={"master_name": settings.bulkpress_sentinel_master},
        result_expires=settings.bulkpress_result_expires_s,
        redis_socket_connect_timeout=SOCKET_CONNECT_TIMEOUT_S,
        redis_socket_timeout=SOCKET_TIMEOUT_S,
        timezone="UTC",
        **_messages(),
        **_delivery(settings),
        **_worker(settings),
        beat_schedule={
            "cleanup-expired-jobs": {
                "task": TaskName.CLEANUP_EXPIRED_JOBS.value,
                "schedule": settings.bulkpress_cleanup_interval_s,
                # Runs missed while no worker was there are not made up for, since one cleans all; and nobody waits for
                # the result, to which Celery would subscribe beat.
                "options": {"expires": settings.bulkpress_cleanup_interval_s, "ignore_result": True},
            }
        },
    )
    return app


def _messages() -> dict[str, object]:
    """What is sent where, and in which form."""
    return {
        # Named in full: Celery would bind them all to the default queue's exchange and key.
        "task_queues": [Queue(lane.value, Exchange(lane.value), routing_key=lane.value) for lane in Lane],
        "task_default_queue": Lane.COMPRESSION.value,
        "task_create_missing_queues": False,  # a mistyped queue is an error, not a queue nobody listens to
        "task_routes": {
            TaskName.PROCESS_BULK_COMPRESSION.value: {"queue": Lane.COMPRESSION.value},
            TaskName.PRESS_NEXT.value: {"queue": Lane.COMPRESSION.value},
            TaskName.CLEANUP_EXPIRED_JOBS.value: {"queue": Lane.CLEANUP.value},
            TaskName.DELIVER_WEBHOOKS.value: {"queue": Lane.CLEANUP.value},
        },
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],  # a pickle from a broker is code of whoever can write to it
        "result_accept_content": ["json"],
        "task_publish_retry_policy": PUBLISH_RETRY,
        "task_send_sent_event": True,  # Flower's
    }


def _delivery(settings: Settings) -> dict[str, object]:
    """At least once: a message is acknowledged when its work is done, and comes again when its worker died."""
    return {
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_track_started": True,
        # Of messages that name none; a bell names those of its lane.
        "task_soft_time_limit": settings.bulkpress_soft_time_limit_s,
        "task_time_limit": settings.bulkpress_hard_time_limit_s,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # a worker outlives any outage of its broker
        "broker_transport_options": {
            **_unacked_keys(settings),
            "master_name": settings.bulkpress_sentinel_master,  # of sentinel:// only
            "visibility_timeout": settings.visibility_timeout_s,
            # A dead worker's messages are looked for every interval * throttle seconds: 10, where kombu's default
            # is 100.
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": SOCKET_CONNECT_TIMEOUT_S,
            "socket_timeout": SOCKET_TIMEOUT_S,
            "socket_keepalive": True,
            **PUBLISH_RETRY,  # kombu opens a publisher's channel by these, and for ever without them
        },
    }


def _unacked_keys(settings: Settings) -> dict[str, str]:
    """Where messages lie that workers of these lanes have taken and not acknowledged.

    Workers with different visibility timeouts must not share them: the shortest would have its way with all. Those of
    all lanes together have Celery's own names.
    """
    suffix = _unacked_suffix(settings.lanes)
    if not suffix:
        return {}
    return {f"unacked{part}_key": f"unacked{part}{suffix}" for part in ("", "_index", "_mutex")}


def unacked_suffixes() -> list[str]:
    """What those names end in, for every choice of lanes that a worker can have."""
    sizes = range(1, len(Lane) + 1)
    return [_unacked_suffix(lanes) for size in sizes for lanes in combinations(Lane, size)]


def _unacked_suffix(lanes: Sequence[Lane]) -> str:
    return "" if len(lanes) == len(Lane) else ":" + "+".join(lanes)


def _worker(settings: Settings) -> dict[str, object]:
    """How a worker takes its messages: one per process, none in stock."""
    return {
        "worker_concurrency": max(CONCURRENCY[lane] for lane in settings.lanes),
        "worker_max_memory_per_child": settings.bulkpress_child_memory_bytes // 1024,  # in KiB
        "worker_prefetch_multiplier": 1,
        "worker_disable_prefetch": True,  # a message in stock would wait behind a long file while another worker idles
        "worker_enable_prefetch_count_reduction": False,  # there is nothing to reduce
        "worker_cancel_long_running_tasks_on_connection_loss": False,  # a file outlives an outage of the broker
        "worker_soft_shutdown_timeout": settings.bulkpress_shutdown_grace_s + GIVE_BACK_S,
        "worker_proc_alive_timeout": 60.0,  # a busy machine takes longer than Celery's 4 s to start a process
        "worker_send_task_events": True,  # Flower's
    }
