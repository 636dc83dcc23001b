"""Filters: which products a request may return at all."""

from collections.abc import Mapping
from dataclasses import dataclass

FilterValue = str | int | float | bool


@dataclass(frozen=True, slots=True)
class TermsFilter:
    """Keep products that have any of `values` in `field`; never empty."""

    field: str
    values: tuple[FilterValue, ...]


@dataclass(frozen=True, slots=True)
class RangeFilter:
    """Keep products whose `field` lies within the bounds; None leaves a side open.

    Bounds are numbers, or ISO 8601 texts for `updated_at`.
    """

    field: str
    gte: float | str | None = None
    gt: float | str | None = None
    lte: float | str | None = None
    lt: float | str | None = None

    @property
    def bounds(self) -> Mapping[str, float | str]:
        """The sides that are closed, by operator."""
        sides = {"gte": self.gte, "gt": self.gt, "lte": self.lte, "lt": self.lt}
        return {operator: bound for operator, bound in sides.items() if bound is not None}


Filter = TermsFilter | RangeFilter


def value_text(value: FilterValue) -> str:
    """Return the one spelling under which engines store and count a value.

    Booleans are `true` and `false`; a whole number has no decimals, so that 62, 62.0 and "62"
    are one value.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    return str(int(value)) if float(value).is_integer() else repr(float(value))
