"""The routes of the console."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, render_template, request
from werkzeug.exceptions import HTTPException

from hybrid_search.api.access import Access
from hybrid_search.api.answers import SERVER_ERROR, http_error, known_error, unknown_error
from hybrid_search.api.console.page_query import PageQuery
from hybrid_search.api.console.search_page import SearchPage
from hybrid_search.api.metrics import count_search
from hybrid_search.api.service_blueprint import ServiceBlueprint, needs
from hybrid_search.api.services import Services
from hybrid_search.errors import HybridSearchError

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

_TITLES: Mapping[int, str] = {
    400: "This cannot be searched for",
    401: "Searches need an API key here",
    403: "Searches need another API key here",
    410: "These results have expired",
    503: "The search is not ready",
}
"""Of pages that show an error, by status."""


def create_console(services: Services) -> ServiceBlueprint:
    """Return the pages; they show what a key with the scope `search` may see."""
    settings = services.settings
    blueprint = _ConsoleBlueprint(services.access, max_body_bytes=settings.max_body_bytes)

    @blueprint.get("/", doc_ui=False)
    @needs("search")
    def search_page() -> Response:
        """Return the search page."""
        query = PageQuery.read(request.args)
        response = services.search.search(query.request())
        count_search(response)
        page = SearchPage.of(query, response)
        return Response(render_template("console/search.html", page=page, query=query))

    return blueprint


class _ConsoleBlueprint(ServiceBlueprint):
    """Pages that come with strict headers, and errors that are pages."""

    def __init__(self, access: Access, *, max_body_bytes: int) -> None:
        super().__init__(
            "console",
            __name__,
            access=access,
            max_body_bytes=max_body_bytes,
            template_folder="templates",
            static_folder="static",
            static_url_path="/console/static",
        )
        self.after_request(_with_headers)
        self.register_error_handler(HybridSearchError, _known_error_page)
        self.register_error_handler(HTTPException, _http_error_page)
        self.register_error_handler(Exception, _unknown_error_page)


def _with_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


def _known_error_page(error: HybridSearchError) -> Response:
    return _error_page(known_error(error))


def _http_error_page(error: HTTPException) -> Response:
    return _error_page(http_error(error))


def _unknown_error_page(error: Exception) -> Response:
    return _error_page(unknown_error(error))


def _error_page(answer: Response) -> Response:
    """Return the page for an error that callers of the API get as JSON."""
    status = answer.status_code
    default = "Something went wrong" if status >= SERVER_ERROR else "This page cannot be shown"
    answer.set_data(
        render_template(
            "console/error.html",
            query=PageQuery.read(request.args),
            title=_TITLES.get(status, default),
            error=answer.get_json()["error"],
            is_expired=status == HTTPStatus.GONE,
        )
    )
    answer.mimetype = "text/html"
    return answer
