"""The Celery application that workers run, with the settings of the environment."""

from celery import signals

from hybrid_search.job_bootstrap import open_worker_app
from hybrid_search.settings import Settings
from workers.logs import log_to_stderr
from workers.recovery import Recovery

SETTINGS = Settings.load()

app = open_worker_app(SETTINGS)
app.conf.imports = ("workers.tasks",)
app.conf.worker_concurrency = SETTINGS.worker_processes
app.steps["consumer"].add(Recovery)


@signals.setup_logging.connect  # type: ignore[untyped-decorator] # celery has no types
def _set_up_logging(**_: object) -> None:
    log_to_stderr()
