"""What came with a request: JSON bodies and query parameters as checked models."""

from collections.abc import Mapping
from typing import TypeVar

import orjson
from flask import Request
from pydantic import BaseModel, ValidationError

from hybrid_search.catalog.texts import shown
from hybrid_search.errors import InvalidRequestError, MalformedJsonError, UnsupportedMediaTypeError
from hybrid_search.query.problems import describe_problems

Model = TypeVar("Model", bound=BaseModel)

JSON_TYPE = "application/json"
_TEXT_PARAMETERS = frozenset({"q", "cursor", "snapshot"})


def read_body(request: Request, model: type[Model]) -> Model:
    """Return the JSON body of a request as a model.

    Raises:
        UnsupportedMediaTypeError: the body is of another type.
        MalformedJsonError: it is no JSON.
        InvalidRequestError: a field is unknown or has a value out of range; all are named.
    """
    if request.mimetype != JSON_TYPE:
        given = shown(request.mimetype) if request.mimetype else "none"
        msg = f"the content type is {given}; send JSON with the content type {JSON_TYPE}"
        raise UnsupportedMediaTypeError(msg)
    try:
        data = orjson.loads(request.get_data(cache=False))
    except orjson.JSONDecodeError as error:
        raise MalformedJsonError(f"the body is not JSON: {error}") from error
    return checked(model, data)


def read_parameters(request: Request, model: type[Model]) -> Model:
    """Return the query parameters of a request as a model.

    Texts stand as they are; any other value is written in JSON, such as `limit=10` or
    `filter={"brand":"Acme"}`. A parameter that is given several times is a list.

    Raises:
        InvalidRequestError: a parameter is unknown or has a value out of range; all are named.
    """
    given: dict[str, object] = {}
    for name, values in request.args.lists():
        read = [_parameter(name, value) for value in values]
        given[name] = read[0] if len(read) == 1 else read
    return checked(model, _with_lists(given))


def checked(model: type[Model], data: object) -> Model:
    """Return decoded JSON as a model.

    Raises:
        InvalidRequestError: a field is unknown or has a value out of range; all are named.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InvalidRequestError(describe_problems(error, model)) from error
    except RecursionError as error:
        raise InvalidRequestError("the request is nested too deeply; make it flat") from error


def _parameter(name: str, value: str) -> object:
    if name in _TEXT_PARAMETERS:
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        # A facet's or a scope's name needs no quotes.
        return value


def _with_lists(given: Mapping[str, object]) -> dict[str, object]:
    facets = given.get("facets")
    return {**given, "facets": [facets]} if isinstance(facets, str) else dict(given)
