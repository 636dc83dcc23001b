"""The service on a small shop, asked as a client does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hybrid_search.api.app import create_app
from hybrid_search.api.services import Services
from hybrid_search.settings import Settings
from hybrid_search.store.api_keys import ApiKeys
from hybrid_search.store.database import Database
from tests.fashion_shop import ALIAS, open_shop


@dataclass(frozen=True)
class Service:
    """A running service and its client."""

    settings: Settings
    services: Services
    client: FlaskClient
    database: Database

    def post(self, path: str, body: Any, key: str | None = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return self.client.post(path, json=body, headers=headers)

    def key(self, *scopes: str) -> str:
        return ApiKeys(self.database).create("test", scopes, datetime.now(UTC)).text


def open_service(settings: Settings) -> Service:
    database = Database(settings.database_url)
    database.upgrade()
    app = create_app(settings)
    return Service(settings, app.extensions["hybrid_search"], app.test_client(), database)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder: Path = tmp_path_factory.mktemp("service")
    with open_shop(folder):
        yield Settings(
            engine_url=f"sqlite:///{folder / 'fashion.db'}",
            index_alias=ALIAS,
            database_url=f"sqlite:///{folder / 'state.db'}",
        )


@pytest.fixture(scope="session")
def service(settings: Settings) -> Service:
    return open_service(settings)
