"""The project works from a checkout, an editable install and a wheel alike."""

import json
import os
import shutil
import site
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from hybrid_search.catalog.record import product_record
from tests.fashion_shop import CATALOG

ROOT = Path(__file__).parent.parent
SOURCES = ("hybrid_search", "mappings")
FILES = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE")


@dataclass(frozen=True)
class Installation:
    """A way to run the command, and where its package and its mappings must come from."""

    command: tuple[str, ...]
    home: Path
    variables: Mapping[str, str]

    def run(self, *arguments: str, folder: Path) -> str:
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=folder,
            env={"PATH": os.defpath, "HOME": str(folder), **self.variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def ask(self, *arguments: str, folder: Path) -> Any:
        return json.loads(self.run(*arguments, "--json", folder=folder))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, so that nothing is built among the real ones."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = tmp_path_factory.mktemp("source") / "project"
    shutil.copytree(checkout, source)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    subprocess.run([*build, "--outdir", folder, source], capture_output=True, check=True)
    (built,) = folder.glob("*.whl")
    return built


def uv(*arguments: str | Path) -> None:
    """Run uv without a network; it comes with the development tools."""
    places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    found = shutil.which("uv", path=places)
    assert found, "install the extra `dev`, which has uv"
    subprocess.run([found, *arguments, "--quiet", "--offline"], check=True)


def new_environment(folder: Path) -> Path:
    """Return the Python of an environment that sees our dependencies, and not our package."""
    uv("venv", folder, "--python", sys.executable)
    python = folder / "bin" / "python"
    query = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = subprocess.run([python, "-c", query], capture_output=True, text=True, check=True)
    others = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()}
    # Folders named in a .pth file are searched, but their own .pth files are not read: that is
    # how an editable install of the tests' environment stays out.
    dependencies = Path(own.stdout.strip()) / "dependencies_of_the_tests.pth"
    dependencies.write_text("\n".join(sorted(others)), encoding="utf-8")
    return python


def from_checkout(folder: Path, checkout: Path, _wheel: Path) -> Installation:
    python = new_environment(folder)
    # Without -P Python would look into the working folder first, as it does for every program.
    command = (str(python), "-P", "-m", "hybrid_search.cli")
    return Installation(command, checkout, {"PYTHONPATH": str(checkout)})


def from_editable(folder: Path, checkout: Path, _wheel: Path) -> Installation:
    python = new_environment(folder)
    source = folder / "project"
    shutil.copytree(checkout, source)
    arguments = ("--no-deps", "--no-build-isolation", "--editable", source)
    uv("pip", "install", "--python", python, *arguments)
    return Installation((str(python.parent / "hybrid-search"),), source, {})


def from_wheel(folder: Path, _checkout: Path, wheel: Path) -> Installation:
    python = new_environment(folder)
    uv("pip", "install", "--python", python, "--no-deps", wheel)
    return Installation((str(python.parent / "hybrid-search"),), folder, {})


@pytest.mark.parametrize("install", [from_checkout, from_editable, from_wheel])
def test_a_search_works_however_it_is_installed(
    tmp_path: Path,
    checkout: Path,
    wheel: Path,
    install: Callable[[Path, Path, Path], Installation],
) -> None:
    installation = install(tmp_path / "environment", checkout, wheel)
    shop = tmp_path / "shop"
    # The shop has folders of the same names, which must not stand in for ours.
    for name in SOURCES:
        (shop / name).mkdir(parents=True)
        (shop / name / "__init__.py").write_text("raise RuntimeError('the wrong package')")
    (shop / "mappings" / "products.json").write_text("no JSON")
    (shop / "mappings" / "synonyms.txt").write_text("=> no rule")
    records = [json.dumps(product_record(product)) for product in CATALOG]
    (shop / "catalog.jsonl").write_text("\n".join(records), encoding="utf-8")

    out = installation.run("index", "catalog.jsonl", folder=shop)
    assert f"is live with {len(CATALOG)} products" in out
    found = installation.ask("search", "red frock", folder=shop)
    assert found["hits"], "synonyms come from the shipped mappings"
    health = {one["subject"]: one for one in installation.ask("doctor", folder=shop)}
    assert health["mappings"]["is_good"]
    made = installation.ask("keys", "create", "shop", folder=shop)
    assert [key["id"] for key in installation.ask("keys", "list", folder=shop)] == [made["id"]]
    assert "can be used" in installation.run("database", "check", folder=shop)
    mappings = Path(health["mappings"]["text"])
    assert mappings.name == "mappings"
    assert mappings.is_relative_to(installation.home.resolve())


def test_a_wheel_holds_what_is_needed_and_nothing_else(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {"mappings/products.json", "mappings/synonyms.txt", "hybrid_search/py.typed"} <= set(
        names
    )
    assert {name.split("/")[0].split("-")[0] for name in names} == set(SOURCES)
    shipped = {str(path.relative_to(ROOT)) for path in (ROOT / "hybrid_search").rglob("*.py")}
    assert shipped <= set(names)
    console = ROOT / "hybrid_search/api/console"
    pages = {
        str(path.relative_to(ROOT))
        for folder in ("templates", "static")
        for path in (console / folder).rglob("*.*")
    }
    assert pages
    assert pages <= set(names)
