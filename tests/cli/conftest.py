"""The command line as a person uses it: a folder, variables, arguments, two outputs."""

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from hybrid_search.catalog.record import product_record
from hybrid_search.cli import main
from tests.fashion_shop import CATALOG
from tests.tiny_model import write_tiny_model


@dataclass(frozen=True)
class Outcome:
    """What a command left on the screen."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What it printed as JSON; nothing else may be there."""
        return json.loads(self.out)


class Command(Protocol):
    """Runs `hybrid-search` with these arguments."""

    def __call__(self, *arguments: str, **variables: str) -> Outcome: ...


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a catalogue in it."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("HYBRID_SEARCH_"):
            monkeypatch.delenv(name)
    records = [json.dumps(product_record(product)) for product in CATALOG]
    (tmp_path / "catalog.jsonl").write_text("\n".join(records), encoding="utf-8")
    return tmp_path


@pytest.fixture
def command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """The command in the working folder; variables are given without their prefix."""
    assert folder.is_dir()

    def run(*arguments: str, **variables: str) -> Outcome:
        with monkeypatch.context() as patched:
            patched.setattr(sys, "argv", ["hybrid-search", *arguments])
            for name, value in variables.items():
                patched.setenv(f"HYBRID_SEARCH_{name}", value)
            with pytest.raises(SystemExit) as ended:
                main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        assert isinstance(ended.value.code, int | None)
        return Outcome(ended.value.code or 0, captured.out, captured.err)

    return run


@pytest.fixture
def indexed(command: Command) -> Command:
    """The command where the catalogue is indexed, without vectors."""
    assert command("index", "catalog.jsonl").code == 0
    return command


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The settings of two encoders that are not one another."""
    texts = " ".join(f"{product.title} {product.description}" for product in CATALOG)
    words = set(re.findall(r"\w+", texts.lower()))
    root = tmp_path_factory.mktemp("models")
    first, second = (write_tiny_model(root / f"tiny{seed}", words, seed=seed) for seed in (0, 1))
    return f"onnx:{first}", f"onnx:{second}"
