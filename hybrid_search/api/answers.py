"""JSON answers, errors in one shape among them."""

import re
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from flask import Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from hybrid_search.errors import HybridSearchError

SERVER_ERROR = 500
REQUEST_ID_HEADER = "X-Request-Id"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_log = structlog.get_logger("hybrid_search.api")

_HTTP_TEXTS: Mapping[int, tuple[str, str]] = {
    404: ("not_found", "there is no {method} {path}; the routes are listed in /openapi.json"),
    405: ("method_not_allowed", "{path} does not take {method}"),
    413: ("too_large", "the body is too large; HYBRID_SEARCH_MAX_BODY_BYTES allows {limit} bytes"),
}


def request_id() -> str:
    """Return the id of the current request: the caller's own, or a new one."""
    if "request_id" not in g:
        given = request.headers.get(REQUEST_ID_HEADER, "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    found: str = g.request_id
    return found


def json_response(data: Any, status: int = HTTPStatus.OK) -> Response:
    """Return data as a JSON response."""
    return Response(orjson.dumps(data), status, mimetype="application/json")


def error_response(code: str, message: str, status: int) -> Response:
    """Return an error in the shape that all errors have."""
    body = {"code": code, "message": message, "request_id": request_id()}
    response = json_response({"error": body}, status)
    response.headers[REQUEST_ID_HEADER] = request_id()
    return response


def known_error(error: HybridSearchError) -> Response:
    """Return an error that this package raised on purpose."""
    if error.http_status >= SERVER_ERROR:
        _log.warning("failed", code=error.code, reason=str(error))
    response = error_response(error.code, str(error), error.http_status)
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def http_error(error: HTTPException) -> Response:
    """Return an error of the framework, such as an unknown route."""
    status = error.code or SERVER_ERROR
    code, text = _HTTP_TEXTS.get(status, ("http_error", error.description or error.name))
    limit = request.max_content_length if isinstance(error, RequestEntityTooLarge) else None
    message = text.format(method=request.method, path=request.path, limit=limit)
    response = error_response(code, message, status)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = error.get_response().headers.get("Allow")
        if allowed:
            response.headers["Allow"] = allowed
    return response


def unknown_error(error: Exception) -> Response:
    """Log an error that nobody foresaw, and tell the caller nothing of its insides."""
    _log.error("unexpected error", exc_info=error)
    message = "something went wrong here; look for the request id in the log of the service"
    return error_response("internal_error", message, SERVER_ERROR)
