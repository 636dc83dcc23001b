"""Changing products and reindexing over HTTP, with tasks in the process."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hybrid_search.catalog.record import product_record
from hybrid_search.settings import Settings
from tests.api.conftest import Service, open_service
from tests.fashion_shop import ALIAS, CATALOG, open_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Service]:
    catalog = tmp_path / "catalogs"
    catalog.mkdir()
    lines = [f'{{"id": "n{n}", "title": "green hat {n}"}}' for n in range(30)]
    (catalog / "hats.jsonl").write_text("\n".join([*lines, "no JSON"]), encoding="utf-8")
    with open_shop(tmp_path):
        service = open_service(
            Settings(
                engine_url=f"sqlite:///{tmp_path / 'fashion.db'}",
                index_alias=ALIAS,
                database_url=f"sqlite:///{tmp_path / 'state.db'}",
                catalog_folder=catalog,
            )
        )
        yield service
        service.services.jobs.close()


def until(service: Service, q: str, total: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if service.post("/v1/search", {"q": q}).get_json()["total"] == total:
            return
        time.sleep(0.05)
    raise AssertionError(f"{q!r} never had {total} results")


def test_products_come_and_go(shop: Service) -> None:
    key = shop.key("write")
    bad: dict[str, Any] = {"id": "bad", "titel": "no title"}
    body = {"upserts": [{"id": "hat", "title": "velvet fedora"}, bad], "deletes": ["p000"]}
    response = shop.post("/v1/products/_bulk", body, key)
    assert response.status_code == 200
    data = response.get_json()
    assert (data["accepted"], data["refused"]) == (2, 1)
    assert [one["status"] for one in data["changes"]] == ["accepted", "refused", "accepted"]
    assert "titel" in data["changes"][1]["reason"]
    until(shop, "velvet fedora", 1)
    assert shop.client.get("/v1/products/p000").status_code == 404
    again = {"upserts": [product_record(CATALOG[0])], "deletes": ["hat"]}
    assert shop.post("/v1/products/_bulk", again, key).get_json()["accepted"] == 2
    until(shop, "velvet fedora", 0)
    assert shop.client.get("/v1/products/p000").status_code == 200


def test_changes_need_the_scope_and_fit_the_limits(shop: Service) -> None:
    assert shop.post("/v1/products/_bulk", {}).status_code == 401
    assert shop.post("/v1/products/_bulk", {}, shop.key("search")).status_code == 403
    key = shop.key("write")
    bodies: list[dict[str, Any]] = [
        {"upserts": ["text"]},
        {"deletes": ["x"] * 1001},
        {"upsert": []},
    ]
    for body in bodies:
        assert shop.post("/v1/products/_bulk", body, key).status_code == 400


def test_a_job_reindexes_a_file_of_the_catalogue_folder(shop: Service) -> None:
    key = shop.key("admin")
    response = shop.post("/v1/jobs", {"source": "file", "file": "hats.jsonl"}, key)
    assert response.status_code == 202
    job_id = response.get_json()["job"]["id"]
    headers = {"Authorization": f"Bearer {key}"}
    deadline = time.monotonic() + 30
    while True:
        job = shop.client.get(f"/v1/jobs/{job_id}", headers=headers).get_json()["job"]
        if job["ended_at"] or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    assert job["error"] is None, job
    assert (job["written"], job["rejected"]) == (30, 1)
    until(shop, "green hat", 30)


@pytest.mark.parametrize(
    "body",
    [
        {"source": "file"},
        {"source": "live", "file": "hats.jsonl"},
        {"source": "file", "file": "../fashion.db"},
        {"source": "nowhere"},
    ],
)
def test_a_job_of_nothing_is_refused(shop: Service, body: dict[str, Any]) -> None:
    response = shop.post("/v1/jobs", body, shop.key("admin"))
    assert response.status_code == 400, response.get_json()


def test_an_unknown_job_is_named(shop: Service) -> None:
    headers = {"Authorization": f"Bearer {shop.key('admin')}"}
    response = shop.client.get("/v1/jobs/none", headers=headers)
    assert response.status_code == 404
    assert response.get_json()["error"]["code"] == "job_not_found"
