"""Copies of model folders with some files replaced; weights are linked, not copied."""

import shutil
from collections.abc import Mapping
from pathlib import Path

_LINKED_SUFFIXES = {".safetensors", ".onnx"}


def copy_model(source: Path, target: Path, replaced: Mapping[str, str] | None = None) -> Path:
    """Copy a model folder to `target`, with the texts of `replaced` in place of its files."""
    for file in source.rglob("*"):
        copy = target / file.relative_to(source)
        if file.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            if file.suffix in _LINKED_SUFFIXES:
                copy.symlink_to(file)
            else:
                shutil.copyfile(file, copy)
    for name, text in (replaced or {}).items():
        (target / name).write_text(text, encoding="utf-8")
    return target
