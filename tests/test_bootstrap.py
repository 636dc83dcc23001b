"""Putting the parts together by the settings."""

import subprocess
import sys
from pathlib import Path

import pytest

from hybrid_search.bootstrap import (
    SHIPPED_MAPPINGS,
    check_mappings,
    mappings_folder,
    open_encoder,
    open_engine,
    open_indexer,
    open_profile,
    open_service,
)
from hybrid_search.engines.elasticsearch.engine import ElasticsearchEngine
from hybrid_search.engines.sqlite import SqliteEngine
from hybrid_search.errors import SettingsError
from hybrid_search.query.request import SearchRequest
from hybrid_search.settings import Settings
from tests.fashion_shop import CATALOG

WITHOUT_CLIENT = """
import sys
from hybrid_search.bootstrap import open_engine, open_service
from hybrid_search.settings import Settings
settings = Settings(engine_url="sqlite:///nothing.db")
engine = open_engine(settings)
open_service(settings, engine)
print(*({"elasticsearch", "torch", "onnxruntime", "ir_measures"} & set(sys.modules)))
"""


@pytest.fixture(autouse=True)
def _clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_shipped_mappings_are_whole() -> None:
    assert {"products.json", "synonyms.txt"} <= {path.name for path in SHIPPED_MAPPINGS.iterdir()}
    assert check_mappings(Settings()) == SHIPPED_MAPPINGS


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("sqlite:///relative.db", SqliteEngine),
        ("sqlite:////absolute/path.db", SqliteEngine),
        ("http://localhost:9200", ElasticsearchEngine),
        ("https://one:9200, https://two:9200", ElasticsearchEngine),
    ],
)
def test_the_address_chooses_the_engine_and_nothing_is_sent(url: str, kind: type) -> None:
    engine = open_engine(Settings(engine_url=url))
    assert type(engine) is kind
    engine.close()


@pytest.mark.parametrize(
    "url", ["", "localhost:9200", "ftp://x:1", "sqlite://x.db", "sqlite:///", "sqlite:///:memory:"]
)
def test_other_addresses_are_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(SettingsError, match="sqlite:///"):
        open_engine(Settings(engine_url=url))


def test_a_password_in_an_address_is_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        open_engine(Settings(engine_url="elastic://me:secret@host:9200"))
    assert "secret" not in str(caught.value)
    assert "elastic://host:9200" in str(caught.value)


def test_a_cloud_id_needs_no_address() -> None:
    engine = open_engine(Settings(engine_cloud_id="shop:Zm9vLmV4YW1wbGU="))
    assert isinstance(engine, ElasticsearchEngine)
    engine.close()


def test_what_is_not_set_is_not_opened() -> None:
    assert open_encoder(Settings()) is None
    assert open_profile(Settings()).name == "default"


def test_a_missing_mappings_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="set HYBRID_SEARCH_MAPPINGS to one"):
        mappings_folder(Settings(mappings=tmp_path / "nowhere"))


def test_a_folder_of_mappings_without_synonyms_has_none(tmp_path: Path) -> None:
    content = (SHIPPED_MAPPINGS / "products.json").read_bytes()
    (tmp_path / "products.json").write_bytes(content)
    assert check_mappings(Settings(mappings=tmp_path)) == tmp_path


def test_an_indexer_and_a_service_work_together(tmp_path: Path) -> None:
    settings = Settings(engine_url=f"sqlite:///{tmp_path}/shop.db", index_alias="shop")
    engine = open_engine(settings)
    report = open_indexer(settings, engine).reindex(CATALOG, estimated_products=len(CATALOG))
    assert report.generation.name.startswith("shop-")
    response = open_service(settings, engine).search(SearchRequest(q="red dress"))
    assert response.applied.generation == report.generation.name
    assert response.hits
    engine.close()


def test_a_language_without_a_stemmer_is_refused_before_anything_goes_live(tmp_path: Path) -> None:
    settings = Settings(engine_url=f"sqlite:///{tmp_path}/shop.db", language="klingon")
    engine = open_engine(settings)
    with pytest.raises(SettingsError, match="no stemmer for language 'klingon'"):
        open_indexer(settings, engine).reindex(CATALOG, estimated_products=len(CATALOG))
    assert engine.generations() == ()
    engine.close()


def test_sqlite_alone_loads_no_client_and_no_runtime(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_CLIENT],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""
