"""What the documents promise is there, and what they show runs."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from hybrid_search.bootstrap import open_engine, open_indexer
from hybrid_search.catalog.field_map import FieldMap
from hybrid_search.catalog.readers import read_catalog
from hybrid_search.catalog.rejects import Rejects
from hybrid_search.engines.elasticsearch.connection import Connection
from hybrid_search.merchandising.profile import Profile
from hybrid_search.settings import PREFIX, Settings
from tests.cli.running_service import RunningService, running_service
from tests.contracts.shop import unique_alias

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
INTEGRATOR = ROOT / "docs/integrator.md"
MAX_DECISION_LINES = 30
PLANS = "/v1/plan"


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def index_examples(settings: Settings) -> None:
    engine = open_engine(settings)
    rejects = Rejects()
    products = list(
        read_catalog(ROOT / "examples/catalog.jsonl", FieldMap.identity(), rejects=rejects)
    )
    open_indexer(settings, engine).reindex(products, estimated_products=len(products))
    engine.close()
    assert rejects.count == 0


def run_snippet(snippet: str) -> None:
    exec(compile(snippet, "docs/integrator.md", "exec"), {})  # noqa: S102


@contextmanager
def shop_service(folder: Path, given: Mapping[str, str]) -> Iterator[RunningService]:
    """Serve the example catalogue with these settings."""
    names = {**given, "database_url": f"sqlite:///{folder / 'state.db'}"}
    index_examples(Settings.model_validate(names))
    environment = {f"{PREFIX}{name.upper()}": value for name, value in names.items()}
    arguments = ["-m", "hybrid_search.cli", "serve", "--bind", "127.0.0.1:0"]
    with running_service(arguments, environment) as service:
        yield service


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs/decisions").glob("*.md")), ids=lambda p: p.stem
)
def test_a_decision_fits_on_one_page(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").splitlines()) <= MAX_DECISION_LINES


def test_the_snippets_for_the_integrator_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    index_examples(Settings.load())
    for snippet in blocks(INTEGRATOR, "python"):
        if PLANS not in snippet:
            run_snippet(snippet)
            assert capsys.readouterr().out.strip()


def test_plan_and_rank_of_the_integrator_give_the_answer_of_a_search(
    tmp_path: Path,
    elasticsearch_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (snippet,) = (one for one in blocks(INTEGRATOR, "python") if PLANS in one)
    alias = unique_alias().replace("-", "_")
    with shop_service(tmp_path, {"engine_url": elasticsearch_url, "index_alias": alias}) as service:
        monkeypatch.setenv("SEARCH_URL", f"http://127.0.0.1:{service.port}")
        monkeypatch.setenv("ELASTICSEARCH_URL", elasticsearch_url)
        run_snippet(snippet)
        answer = json.loads(service.get("/v1/search?q=black+trousers&limit=5"))
    with Connection(elasticsearch_url).open() as client:
        for name in client.indices.get(index=f"{alias}-*"):
            client.indices.delete(index=name)
    expected = [f"{one['rank']} {one['product_id']} {one['final_score']}" for one in answer["hits"]]
    assert capsys.readouterr().out.splitlines() == expected


def test_the_curl_lines_for_the_integrator_are_answered(tmp_path: Path) -> None:
    (text,) = (one for one in blocks(INTEGRATOR, "console") if "curl" in one)
    with shop_service(tmp_path, {"engine_url": f"sqlite:///{tmp_path / 'shop.db'}"}) as service:
        here = text.replace("127.0.0.1:8000", f"127.0.0.1:{service.port}")
        for command in re.findall(r"^\$ (.*)$", here, re.MULTILINE):
            done = subprocess.run(["bash", "-c", command], capture_output=True, check=True)
            answer = json.loads(done.stdout)
            assert answer.get("hits") or answer.get("product"), answer


def test_the_profile_for_the_merchandiser_can_be_used(tmp_path: Path) -> None:
    (snippet,) = blocks(ROOT / "docs/merchandiser.md", "toml")
    path = tmp_path / "profile.toml"
    path.write_text(snippet, encoding="utf-8")
    assert Profile.load(path).boosts[0].factor == 1.3


def test_the_field_map_for_the_operator_can_be_used(tmp_path: Path) -> None:
    (snippet,) = blocks(ROOT / "docs/operator.md", "toml")
    path = tmp_path / "fields.toml"
    path.write_text(snippet, encoding="utf-8")
    record = FieldMap.load(path).apply(
        {"sku": "1", "brand": "Casa", "name": "coat", "path": "Women/Coats", "stock": "S:3;M:0"}
    )
    assert record["title"] == "Casa coat"
