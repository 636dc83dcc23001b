"""The application for a WSGI server: `gunicorn hybrid_search.api.wsgi:app`."""

from hybrid_search.api.app import create_app
from hybrid_search.api.logs import log_as_json

log_as_json()
app = create_app()
