"""The Flask application, and the blueprint for an application of one's own."""

from typing import Any

from flask_openapi3.models.info import Info
from flask_openapi3.models.security_scheme import SecurityScheme
from flask_openapi3.openapi import OpenAPI
from werkzeug.exceptions import HTTPException

import hybrid_search
from hybrid_search.api.answers import http_error, known_error, unknown_error
from hybrid_search.api.catalog_routes import add_catalog_routes
from hybrid_search.api.console.blueprint import create_console
from hybrid_search.api.health_routes import add_health_routes
from hybrid_search.api.schemas import ErrorAnswer
from hybrid_search.api.search_routes import add_search_routes
from hybrid_search.api.service_blueprint import ServiceBlueprint
from hybrid_search.api.services import Services
from hybrid_search.errors import HybridSearchError
from hybrid_search.settings import Settings

DOCS = "/docs"
SECURITY: dict[str, SecurityScheme | dict[str, Any]] = {
    "api_key": {"type": "http", "scheme": "bearer"}
}


def create_blueprint(services: Services, *, name: str = "hybrid_search") -> ServiceBlueprint:
    """Return the API; `app.register_blueprint(it, url_prefix="/search")` mounts it."""
    blueprint = ServiceBlueprint(
        name,
        __name__,
        access=services.access,
        max_body_bytes=services.settings.max_body_bytes,
    )
    add_search_routes(blueprint, services)
    add_catalog_routes(blueprint, services)
    add_health_routes(blueprint, services)
    return blueprint


def create_app(settings: Settings | None = None) -> OpenAPI:
    """Return the whole service.

    Args:
        settings: those of the environment and the settings file unless they are given.

    Raises:
        SettingsError: a setting cannot be used.
    """
    services = Services.open(settings or Settings.load())
    app = OpenAPI(
        __name__,
        info=Info(title="hybrid_search", version=hybrid_search.__version__),
        security_schemes=SECURITY,
        doc_prefix=DOCS,
        validation_error_status=400,
        validation_error_model=ErrorAnswer,
    )
    app.add_url_rule("/openapi.json", "description", lambda: app.api_doc)
    app.register_api(create_blueprint(services))
    app.register_blueprint(create_console(services))
    app.register_error_handler(HybridSearchError, known_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unknown_error)
    app.extensions["hybrid_search"] = services
    services.warm_up()
    return app
