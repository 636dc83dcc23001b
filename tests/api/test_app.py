"""The whole application: health, metrics, its description, and the blueprint elsewhere."""

import re
import time
from pathlib import Path

import pytest
from flask import Flask

from hybrid_search.api.app import create_app, create_blueprint
from hybrid_search.api.services import Services
from hybrid_search.settings import Settings
from tests.api.conftest import Service


def until_ready(service: Service) -> None:
    assert service.services.is_warm.wait(30)


def test_it_is_ready_after_a_first_search(service: Service) -> None:
    until_ready(service)
    assert service.client.get("/healthz").get_json() == {"status": "ok", "problems": []}
    response = service.client.get("/readyz")
    assert (response.status_code, response.get_json()["status"]) == (200, "ready")


def test_it_starts_without_an_index_and_says_that_it_waits(tmp_path: Path) -> None:
    settings = Settings(
        engine_url=f"sqlite:///{tmp_path / 'none.db'}",
        database_url=f"sqlite:///{tmp_path / 'state.db'}",
    )
    client = create_app(settings).test_client()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "hybrid-search index" in " ".join(response.get_json()["problems"])
    assert client.get("/healthz").status_code == 200
    response = client.post("/v1/search", json={"q": "dress"})
    assert (response.status_code, response.get_json()["error"]["code"]) == (503, "index_missing")


def test_searches_go_on_without_a_database(settings: Settings, tmp_path: Path) -> None:
    away = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/no/such/state.db"})
    client = create_app(away).test_client()
    assert client.post("/v1/search", json={"q": "dress"}).status_code == 200


def test_metrics_count_requests_and_stages(service: Service) -> None:
    service.post("/v1/search", {"q": "dress"})
    text = service.client.get("/metrics").get_data(as_text=True)
    assert 'hybrid_search_stage_seconds_count{stage="retrieve"}' in text
    assert 'route="/v1/search",status="200"' in text


def test_every_route_is_described(service: Service) -> None:
    description = service.client.get("/openapi.json").get_json()
    described = set(description["paths"])
    rules = {
        re.sub(r"<(?:path:)?(\w+)>", r"{\1}", rule.rule)
        for rule in service.client.application.url_map.iter_rules()
        if rule.rule.startswith("/v1/")
    }
    assert rules <= described
    search = description["paths"]["/v1/search"]["post"]
    assert search["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith(
        "/SearchRequest"
    )
    assert {"200", "400", "401", "503"} <= set(search["responses"])
    assert service.client.get("/docs/").status_code == 200
    assert service.client.get("/docs/swagger").status_code == 200
    assert service.client.get("/docs/openapi.json").get_json() == description


@pytest.mark.parametrize("prefix", ["", "/find"])
def test_an_application_of_ones_own_mounts_the_blueprint(settings: Settings, prefix: str) -> None:
    services = Services.open(settings)
    app = Flask("shop")
    app.register_blueprint(create_blueprint(services), url_prefix=prefix or None)
    app.add_url_rule("/shop", view_func=lambda: "the shop's own page")
    client = app.test_client()
    response = client.post(f"{prefix}/v1/search", json={"q": "red dress", "limit": 2})
    assert len(response.get_json()["hits"]) == 2
    response = client.post(f"{prefix}/v1/search", json={"limt": 2})
    assert response.status_code == 400
    assert response.get_json()["error"]["code"] == "invalid_request"
    assert client.get("/shop").get_data() == b"the shop's own page"
    assert client.get("/nothing").mimetype == "text/html", "other routes stay the shop's"


def test_an_application_of_ones_own_may_answer_first(settings: Settings) -> None:
    app = Flask("shop")
    app.before_request(lambda: ("closed for tonight", 503))
    app.register_blueprint(create_blueprint(Services.open(settings)))
    response = app.test_client().post("/v1/search", json={"q": "dress"})
    assert (response.status_code, response.get_data()) == (503, b"closed for tonight")
    assert response.headers["X-Request-Id"]


def test_requests_take_their_deadline(service: Service) -> None:
    started = time.monotonic()
    response = service.post("/v1/search", {"q": "red dress", "deadline_ms": 1000})
    assert response.status_code == 200
    assert time.monotonic() - started < 10
