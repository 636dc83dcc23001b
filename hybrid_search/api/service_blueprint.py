"""A blueprint whose routes check access and input, and answer in JSON."""

import functools
import time
from collections.abc import Callable
from typing import Any

import structlog
from flask import Response, current_app, g, request
from flask_openapi3.blueprint import APIBlueprint
from werkzeug.exceptions import HTTPException

from hybrid_search.api.access import Access
from hybrid_search.api.answers import (
    REQUEST_ID_HEADER,
    http_error,
    json_response,
    known_error,
    request_id,
    unknown_error,
)
from hybrid_search.api.metrics import REQUEST_SECONDS, REQUESTS
from hybrid_search.api.request_reading import checked, read_body
from hybrid_search.api.schemas import ErrorAnswer
from hybrid_search.errors import HybridSearchError

SCOPE_ATTRIBUTE = "needed_scope"

_log = structlog.get_logger("hybrid_search.api")

ERROR_STATUSES = (400, 401, 403, 404, 405, 409, 410, 413, 415, 500, 502, 503, 504)

View = Callable[..., Any]


def needs(scope: str) -> Callable[[View], View]:
    """Mark a view as one for keys with this scope."""

    def mark(view: View) -> View:
        setattr(view, SCOPE_ATTRIBUTE, scope)
        return view

    return mark


class ServiceBlueprint(APIBlueprint):
    """Routes of the service; they work the same in any Flask application.

    The library documents a view's annotated `path`, `query` and `body`. Reading them is ours: its
    own reading takes any broken JSON for an empty body, and needs an application of its own class.
    """

    def __init__(
        self,
        name: str,
        import_name: str,
        *,
        access: Access,
        max_body_bytes: int,
        template_folder: str | None = None,
        static_folder: str | None = None,
        static_url_path: str | None = None,
    ) -> None:
        """Make a blueprint without routes.

        Args:
            name: of the blueprint.
            import_name: `__name__` of the module.
            access: checks the keys of callers.
            max_body_bytes: longer bodies are refused.
            template_folder: beside the module, of pages.
            static_folder: beside the module, of files that pages need.
            static_url_path: where those are found.
        """
        super().__init__(
            name,
            import_name,
            abp_responses={status: ErrorAnswer for status in ERROR_STATUSES},  # noqa: C420 - its type
            abp_security=[{"api_key": []}, {}],
            template_folder=template_folder,
            static_folder=static_folder,
            static_url_path=static_url_path,
        )
        self._access = access
        self._max_body_bytes = max_body_bytes
        self.before_request(self._begin)
        self.after_request(self._end)
        self.register_error_handler(HybridSearchError, known_error)
        self.register_error_handler(HTTPException, http_error)
        self.register_error_handler(Exception, unknown_error)

    @staticmethod
    def create_view_func(  # noqa: PLR0917 - the library's own signature
        func: View,
        header: Any,
        cookie: Any,
        path: Any,
        query: Any,
        form: Any,
        body: Any,
        raw: Any,
        view_class: Any = None,
        view_kwargs: Any = None,
        responses: Any = None,
        validate_response: Any = None,
    ) -> View:
        """Return the view with its path and body read; query parameters are the view's to read."""
        del header, cookie, form, raw, view_class, view_kwargs, responses, validate_response

        @functools.wraps(func)
        def view(**path_values: str) -> Response:
            arguments: dict[str, Any] = {}
            if path is not None:
                arguments["path"] = checked(path, path_values)
            if query is not None:
                arguments["query"] = query
            if body is not None:
                arguments["body"] = read_body(request, body)
            answer = func(**arguments)
            return answer if isinstance(answer, Response) else json_response(answer)

        return view

    def _begin(self) -> None:
        g.started = time.perf_counter()
        request.max_content_length = self._max_body_bytes
        scope = getattr(self._view(), SCOPE_ATTRIBUTE, None)
        if scope is not None:
            self._access.check(scope, request.headers.get("Authorization"))

    def _view(self) -> View | None:
        return current_app.view_functions.get(request.endpoint or "")

    @staticmethod
    def _end(response: Response) -> Response:
        # An application of one's own may have answered before `_begin`.
        now = time.perf_counter()
        seconds = now - g.get("started", now)
        route = str(request.url_rule)
        response.headers[REQUEST_ID_HEADER] = request_id()
        REQUESTS.labels(route, request.method, str(response.status_code)).inc()
        REQUEST_SECONDS.labels(route).observe(seconds)
        _log.info(
            "request",
            request_id=request_id(),
            method=request.method,
            route=route,
            status=response.status_code,
            took_ms=round(seconds * 1000, 1),
        )
        return response
