"""Validation errors of pydantic as messages for a person."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from hybrid_search.catalog.texts import shown
from hybrid_search.errors import suggestion

MAX_PROBLEMS = 5
MAX_NAME = 80

UNION_TAGS = frozenset({"(value)", "(values)", "(bounds)"})
"""Names of union branches, which pydantic puts into paths; no person wrote them."""

_SHOULD = re.compile(r"^\w+ should")

_TEXTS: Mapping[str, str] = {
    "missing": "is missing",
    "invalid_key": "names have to be texts",
    "string_unicode": "has half of a surrogate pair; correct its Unicode escapes",
    **dict.fromkeys(("dict_type", "model_type", "mapping_type"), "has to be an object"),
    **dict.fromkeys(("tuple_type", "list_type"), "has to be a list"),
    **dict.fromkeys(("string_type", "string_sub_type"), "has to be a text"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "has to be a whole number"),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "has to be a finite number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "has to be true or false"),
}
"""By pydantic's type of problem, in the words of JSON rather than of Python."""

_LENGTHS: Mapping[str, tuple[str, str]] = {
    "string_too_long": ("at most {max_length}", "characters"),
    "too_long": ("at most {max_length}", "entries"),
    "too_short": ("at least {min_length}", "entries"),
}


def describe_problems(error: ValidationError, model: type[BaseModel]) -> str:
    """Return the problems that pydantic found, each with its path and the value, in one line."""
    problems: dict[str, str] = {}
    for problem in error.errors(include_url=False):
        location = problem["loc"]
        problems.setdefault(_path(location), _text(problem, _model_at(model, location[:-1])))
    listed = [f"{path}: {text}" for path, text in problems.items()]
    more = len(listed) - MAX_PROBLEMS
    return "; ".join([*listed[:MAX_PROBLEMS], *([f"and {more} more"] if more > 0 else ())])


def _text(problem: Mapping[str, Any], model: type[BaseModel]) -> str:
    kind, value, name = problem["type"], problem["input"], problem["loc"][-1:]
    if kind == "extra_forbidden":
        return _unknown_field(str(name[0]), model)
    if kind in _LENGTHS:
        limit, unit = _LENGTHS[kind]
        length = f"{len(value)} {unit}" if hasattr(value, "__len__") else f"too many {unit}"
        return f"has {length}; give {limit.format(**problem['ctx'])}"
    text = _TEXTS.get(kind) or problem["msg"].removeprefix("Value error, ")
    text = _SHOULD.sub("has to", text)
    if kind == "missing" or _is_secret(model, name):
        return text
    return f"{text}, got {shown(value)}"


def _unknown_field(name: str, model: type[BaseModel]) -> str:
    known = list(model.model_fields)
    return "unknown field" + (suggestion(name, known) or f"; fields are: {', '.join(known)}")


def _path(location: tuple[int | str, ...]) -> str:
    steps = [str(step) for step in location if step not in UNION_TAGS and step != "[key]"]
    text = ".".join(steps) or "request"
    return text if len(text) <= MAX_NAME else f"{text[: MAX_NAME - 3]}..."


def _model_at(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """Return the model that the steps lead to from `model`."""
    for step in location:
        field = model.model_fields.get(step) if isinstance(step, str) else None
        if field is not None:
            model = next(_models_in(field.annotation), model)
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _is_secret(model: type[BaseModel], name: tuple[int | str, ...]) -> bool:
    field = model.model_fields.get(str(name[0])) if name else None
    return field is not None and SecretStr in (field.annotation, *get_args(field.annotation))
