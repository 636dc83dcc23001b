"""What the documents promise is there, and what they show runs."""

import re
from pathlib import Path

import pytest

from hybrid_search.bootstrap import open_engine, open_indexer
from hybrid_search.catalog.field_map import FieldMap
from hybrid_search.catalog.readers import read_catalog
from hybrid_search.catalog.rejects import Rejects
from hybrid_search.merchandising.profile import Profile
from hybrid_search.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
MAX_DECISION_LINES = 30


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def index_examples() -> None:
    settings = Settings.load()
    engine = open_engine(settings)
    rejects = Rejects()
    products = list(
        read_catalog(ROOT / "examples/catalog.jsonl", FieldMap.identity(), rejects=rejects)
    )
    open_indexer(settings, engine).reindex(products, estimated_products=len(products))
    engine.close()
    assert rejects.count == 0


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
    index_examples()
    for snippet in blocks(ROOT / "docs/integrator.md", "python"):
        exec(compile(snippet, "docs/integrator.md", "exec"), {})  # noqa: S102
    assert capsys.readouterr().out.strip()


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
