"""Validation errors of pydantic as messages for a person."""

import math
from typing import Any

from pydantic import BaseModel, ValidationError

from hybrid_search.errors import suggestion

MAX_SHOWN = 80


def describe_problems(error: ValidationError, model: type[BaseModel]) -> str:
    """Return every problem that pydantic found, with its path and the value, in one line."""
    problems: dict[str, str] = {}
    for problem in error.errors(include_url=False):
        path = _path(problem["loc"])
        if problem["type"] == "extra_forbidden":
            text = f"unknown field{suggestion(str(problem['loc'][-1]), model.model_fields)}"
        else:
            message = problem["msg"].removeprefix("Value error, ")
            text = f"{message[:1].lower()}{message[1:]}, got {_shorten(problem['input'])}"
        problems.setdefault(path, text)
    return "; ".join(f"{path}: {text}" for path, text in problems.items())


def _path(location: tuple[int | str, ...]) -> str:
    steps = [str(step) for step in location if not _is_union_branch(step)]
    return ".".join(steps) or "request"


def _is_union_branch(step: int | str) -> bool:
    return isinstance(step, str) and (
        step in {"str", "float", "bool", "RangeBounds"} or "[" in step
    )


def _shorten(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}..."
