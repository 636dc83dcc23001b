"""HTTP requests to the service, made from a generator of random numbers."""

import json
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from fuzz.bodies import TEXTS, mangled, mangled_bytes, search_body
from fuzz.messages import Answer, HttpRequest
from hybrid_search.engines.elasticsearch.queries import MSEARCH_PARAMETERS

JSON_HEADERS = {"Content-Type": "application/json"}
CONTENT_TYPES = ("", "text/plain", "application/json; charset=utf-16", "application/JSON", "a/b;=")
TEXT_PARAMETERS = frozenset({"q", "cursor", "snapshot"})
MAX_TARGET = 7000
"""gunicorn refuses longer request lines by itself, in a form of its own."""
KEPT = 50
ENGINE_SECONDS = 30


class RequestMaker:
    """Makes requests; it goes on with pages and plans of former answers."""

    def __init__(self, engine_url: str | None) -> None:
        """Send the searches of plans to this Elasticsearch."""
        self._engine_url = engine_url
        self._pages: list[dict[str, Any]] = []
        self._answered: list[dict[str, Any]] = []
        self._ways: tuple[tuple[int, Callable[[Random], HttpRequest]], ...] = (
            (6, self._search),
            (3, self._further_page),
            (3, self._parameters),
            (2, self._similar),
            (1, self._product),
            (2, self._plan),
            (4, self._rank),
        )

    def request(self, generator: Random) -> HttpRequest:
        """Return the next request."""
        weights = [weight for weight, _ in self._ways]
        (way,) = generator.choices([way for _, way in self._ways], weights)
        return way(generator)

    def learn(self, request: HttpRequest, answer: Answer) -> None:
        """Keep what an answer with 200 says for later requests."""
        if request.search is None:
            return
        data = json.loads(answer.body)
        if request.route == "/v1/plan":
            plan = {"request": request.search, "plan": data["plan"]}
            _keep(self._answered, {**plan, "responses": self._responses(data["searches"])})
        for name, source in (("snapshot", "snapshot"), ("cursor", "next_cursor")):
            if source in data:
                _keep(self._pages, {**request.search, name: data[source]})

    def _search(self, generator: Random) -> HttpRequest:
        return _posted("/v1/search", search_body(generator), generator)

    def _further_page(self, generator: Random) -> HttpRequest:
        if not self._pages:
            return self._search(generator)
        body = dict(generator.choice(self._pages))
        if generator.random() < 0.5:
            body["offset"] = generator.choice((0, 1, 24, 999, 10**9))
        return _posted("/v1/search", body, generator)

    def _parameters(self, generator: Random) -> HttpRequest:
        return _got("/v1/search", "/v1/search", search_body(generator), generator)

    def _similar(self, generator: Random) -> HttpRequest:
        body = search_body(generator)
        if generator.random() < 0.8:
            body = {name: body[name] for name in body if name not in {"q", "sort"}}
        path = f"/v1/similar/{_product_id(generator)}"
        return _got("/v1/similar/{product_id}", path, body, generator)

    def _product(self, generator: Random) -> HttpRequest:
        path = f"/v1/products/{_product_id(generator)}"
        return HttpRequest("GET", "/v1/products/{product_id}", path[:MAX_TARGET])

    def _plan(self, generator: Random) -> HttpRequest:
        body = {"request": search_body(generator), "has_products": generator.random() < 0.5}
        request = _posted("/v1/plan", body, generator)
        if request.search is None:
            return request
        return HttpRequest(
            "POST", request.route, request.target, request.body, request.headers, body["request"]
        )

    def _rank(self, generator: Random) -> HttpRequest:
        if not self._answered:
            plan = {"plan": generator.choice(TEXTS), "responses": []}
            return _posted("/v1/rank", {**plan, "request": search_body(generator)}, generator)
        body = json.loads(json.dumps(generator.choice(self._answered)))
        if generator.random() < 0.7:
            for _ in range(generator.randint(1, 4)):
                body["responses"] = mangled(body["responses"], generator)
        if generator.random() < 0.3:
            page = search_body(generator)
            names = ("limit", "offset", "explain")
            body["request"] |= {name: page[name] for name in names if name in page}
        return _posted("/v1/rank", body, generator, mangling=0.2)

    def _responses(self, searches: list[Any]) -> Any:
        if self._engine_url is None:
            return []
        lines = "".join(json.dumps(line) + "\n" for line in searches)
        request = Request(
            f"{self._engine_url}/_msearch?{urlencode(MSEARCH_PARAMETERS)}",
            lines.encode(),
            {"Content-Type": "application/x-ndjson"},
        )
        try:
            with urlopen(request, timeout=ENGINE_SECONDS) as answer:
                return json.loads(answer.read())["responses"]
        except HTTPError as error:
            raise SystemExit(f"fuzz: the searches of a plan fail: {error.read()!r}") from error


def _posted(route: str, body: Any, generator: Random, mangling: float = 0.5) -> HttpRequest:
    search = body if route == "/v1/search" else None
    headers = JSON_HEADERS
    is_mangled = generator.random() < mangling
    for _ in range(generator.randint(1, 3) if is_mangled else 0):
        body = mangled(body, generator)
    data = json.dumps(body, ensure_ascii=generator.random() < 0.5).encode(errors="surrogatepass")
    if is_mangled and generator.random() < 0.2:
        data = mangled_bytes(data, generator)
    if generator.random() < 0.03:
        headers = {"Content-Type": generator.choice(CONTENT_TYPES)}
    if route == "/v1/plan" and not is_mangled:
        search = body
    return HttpRequest("POST", route, route, data, headers, None if is_mangled else search)


def _got(route: str, path: str, search: dict[str, Any], generator: Random) -> HttpRequest:
    pairs: list[tuple[str, str]] = []
    for name, value in search.items():
        is_text = name in TEXT_PARAMETERS and isinstance(value, str)
        values = value if name == "facets" and isinstance(value, list) else [value]
        pairs += [(name, one if is_text else json.dumps(one)) for one in values]
    if pairs and generator.random() < 0.5:
        place = generator.randrange(len(pairs))
        pairs[place] = (pairs[place][0], generator.choice(TEXTS))
    if generator.random() < 0.1:
        pairs.append((generator.choice(TEXTS), generator.choice(TEXTS)))
    query = urlencode(pairs, errors="surrogatepass")
    if generator.random() < 0.1:
        query = mangled_bytes(query.encode(), generator).decode("latin-1")
        query = quote(query, safe="%&=+;,/?")
    return HttpRequest("GET", route, f"{path}?{query}"[:MAX_TARGET])


def _product_id(generator: Random) -> str:
    if generator.random() < 0.6:
        return f"p{generator.randrange(60):03}"
    # A path of dots alone is another route.
    text = generator.choice(TEXTS)[:400].strip("./") or "p0"
    return quote(text, safe="", errors="surrogatepass")


def _keep(kept: list[dict[str, Any]], one: dict[str, Any]) -> None:
    kept.append(one)
    del kept[:-KEPT]
