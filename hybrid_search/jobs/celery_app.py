"""The Celery application of one alias: its broker, its queues and how messages are handled."""

from urllib.parse import urlsplit

from celery import Celery

from hybrid_search.errors import SettingsError
from hybrid_search.jobs.queue import TaskName

CHUNKS = "chunks"
CONTROL = "control"
"""What must not wait behind the thousand chunks of a job."""

QUEUES: dict[TaskName, str] = {
    TaskName.STAGE: CONTROL,
    TaskName.BEGIN: CONTROL,
    TaskName.FINISH: CONTROL,
    TaskName.WRITE_UPDATES: CONTROL,
    TaskName.WRITE_CHUNK: CHUNKS,
    # Behind the chunks that were sent before it: when it runs, they were all handed out.
    TaskName.RECOVER: CHUNKS,
}

VISIBILITY_TIMEOUT_S = 900
"""When a message that was handed out and never acknowledged is handed out again: its worker died
with its machine. It has to be longer than a chunk takes, and than any delay."""
LOAD_TIMEOUT_S = 600.0
CONNECT_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 2.0
SCHEMES = ("redis", "rediss")


def celery_app(
    broker_url: str, alias: str, *, answer_timeout_s: float = ANSWER_TIMEOUT_S
) -> Celery:
    """Return the application that asks for tasks and that runs them; nothing is sent yet.

    Args:
        broker_url: `redis://` or `rediss://`.
        alias: of the index; shops that share a Redis are kept apart by it.
        answer_timeout_s: longest wait for an answer of the broker. A worker, which waits for
            messages, needs several seconds.

    Raises:
        SettingsError: it is no URL of a Redis.
    """
    app = Celery("hybrid_search", broker=_checked(broker_url), set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_default_queue=CONTROL,
        task_create_missing_queues=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        # A process says that it is alive when its encoder is loaded.
        worker_proc_alive_timeout=LOAD_TIMEOUT_S,
        # A worker waits for its broker however long that is away; what it runs meanwhile goes on.
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_timeout=CONNECT_TIMEOUT_S,
        broker_transport_options={
            "global_keyprefix": f"hybrid_search:{alias}:",
            "visibility_timeout": VISIBILITY_TIMEOUT_S,
            "socket_connect_timeout": CONNECT_TIMEOUT_S,
            "socket_timeout": answer_timeout_s,
            "socket_keepalive": True,
            "queue_order_strategy": "round_robin",
        },
    )
    return app


def shown_address(broker_url: str) -> str:
    """Return the address of a broker for messages, without its password."""
    parts = urlsplit(broker_url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _checked(broker_url: str) -> str:
    try:
        parts = urlsplit(broker_url)
        is_good = parts.scheme in SCHEMES and parts.hostname and (parts.port or 1)
    except ValueError:
        is_good = False
    if not is_good:
        # Its text may show the password.
        msg = "HYBRID_SEARCH_BROKER_URL has to be such as 'redis://:PASSWORD@localhost:6379/0'"
        raise SettingsError(msg)
    return broker_url
