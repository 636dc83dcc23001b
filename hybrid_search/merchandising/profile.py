"""Profiles: named, versioned sets of everything that shapes a ranking."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hybrid_search.errors import SettingsError, suggestion
from hybrid_search.query.fields import TEXT_FIELDS
from hybrid_search.query.problems import describe_problems
from hybrid_search.query.request import (
    MAX_BOOSTS,
    MAX_WINDOW,
    Boost,
    Diversity,
    FusionMethod,
    HybridOptions,
    Normalization,
)

DEFAULT_FIELD_WEIGHTS = {
    "title": 3.0,
    "brand": 2.0,
    "category": 2.0,
    "color": 1.0,
    "material": 1.0,
    "pattern": 1.0,
    "gender": 1.0,
    "season": 1.0,
    "occasion": 1.0,
    "description": 2.0,
    "attributes": 1.0,
}
DEFAULT_WEIGHTS = {"lexical": 0.65, "text_vector": 0.35, "image_vector": 0.35}
"""In the middle of 0.2 to 0.5, between which the vectors' weight hardly matters."""

MAX_WEIGHT = 1000.0

Weight = Annotated[float, Field(ge=0, le=MAX_WEIGHT)]


class Profile(BaseModel):
    """One version of one profile; what a request leaves open is taken from here.

    Attributes:
        field_weights: by text field, how much the lexical signal counts it; 0 leaves it out, and
            fields that are not named keep the default.
        weights: by signal, how much it counts in the fused score; they need not add up to 1, and
            signals that are not named keep the default.
        rank_constant: the k of reciprocal rank fusion.
        window: candidates that each signal contributes, and the length of the fused ranking.
        boosts: factors that multiply after fusion, beside those of the request.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    name: str = "default"
    version: Annotated[int, Field(ge=1)] = 1
    field_weights: Mapping[str, Weight] = Field(default_factory=lambda: dict(DEFAULT_FIELD_WEIGHTS))
    weights: Mapping[str, Weight] = Field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    method: FusionMethod = "convex"
    normalization: Normalization = "theoretical"
    rank_constant: Annotated[int, Field(ge=1, le=100_000)] = 60
    window: Annotated[int, Field(ge=1, le=MAX_WINDOW)] = 200
    boosts: Annotated[tuple[Boost, ...], Field(max_length=MAX_BOOSTS)] = ()
    diversity: Diversity | None = None

    @field_validator("boosts", mode="before")
    @classmethod
    def _accept_list(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("field_weights")
    @classmethod
    def _known_fields(cls, value: Mapping[str, float]) -> Mapping[str, float]:
        for field in value:
            if field not in TEXT_FIELDS:
                msg = f"no text field {field!r}; text fields: {', '.join(TEXT_FIELDS)}"
                raise ValueError(msg + suggestion(field, TEXT_FIELDS))
        complete = {**DEFAULT_FIELD_WEIGHTS, **value}
        if not any(complete.values()):
            msg = "every field weighs 0; to rank by vectors alone set weights.lexical to 0"
            raise ValueError(msg)
        return complete

    @field_validator("weights")
    @classmethod
    def _complete(cls, value: Mapping[str, float]) -> Mapping[str, float]:
        return {**DEFAULT_WEIGHTS, **value}

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the profile of a TOML file; what it leaves out keeps the default.

        Raises:
            SettingsError: the file cannot be read, or a value in it cannot be used.
        """
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            msg = f"cannot read profile {str(path)!r}: {reason}; give a TOML file"
            raise SettingsError(msg) from error
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            problems = describe_problems(error, cls)
            raise SettingsError(f"profile {str(path)!r}: {problems}") from error

    def with_options(self, options: HybridOptions) -> Self:
        """Return the profile with the values that a request gave in their place."""
        given = options.model_dump(exclude_none=True)
        if options.weights is not None:
            given["weights"] = {**self.weights, **options.weights}
        return self.model_copy(update=given)
