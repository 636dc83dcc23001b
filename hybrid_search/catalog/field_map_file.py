"""Reading and checking a field-mapping file; `field_map` shows one."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hybrid_search.catalog.attribute_columns import AttributeColumn, Family, FamilyMember
from hybrid_search.catalog.columns import (
    Column,
    Constant,
    ListColumn,
    NumberColumn,
    PriceColumn,
    TextColumn,
    TimeColumn,
)
from hybrid_search.catalog.number_format import NumberFormat
from hybrid_search.catalog.sizes_column import SizesColumn
from hybrid_search.catalog.texts import shown
from hybrid_search.errors import FieldMapError, suggestion

FIELD_KINDS: Mapping[str, type[Column]] = {
    "id": TextColumn,
    "title": TextColumn,
    "style_id": TextColumn,
    "description": TextColumn,
    "brand": TextColumn,
    "category": ListColumn,
    "color": ListColumn,
    "material": ListColumn,
    "pattern": ListColumn,
    "gender": ListColumn,
    "season": ListColumn,
    "occasion": ListColumn,
    "sizes": SizesColumn,
    "price": PriceColumn,
    "currency": TextColumn,
    "images": ListColumn,
    "popularity": NumberColumn,
    "updated_at": TimeColumn,
}
"""What each field of a product can be read from."""

REQUIRED_FIELDS = ("id", "title")
MAX_REMEMBERED = 2**16
PREFIXES = "prefixes"
TABLES = ("fields", "attributes", "options")

_REASONS = {
    "string_type": "is not a text; write one in quotes",
    "string_too_short": "is empty; write at least one character",
    "string_pattern_mismatch": "is not one character; write one, such as ';'",
    "too_short": "is empty; name at least one",
}

M = TypeVar("M", bound=BaseModel)


class Options(BaseModel):
    """How the whole file is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    decimal_separator: Literal[".", ","] = "."
    thousands_separator: Literal["", ".", ",", " ", "'", "\u2019", "_"] = ""
    delimiter: Annotated[str, Field(pattern=r'^[^"\r\n]$')] | None = None

    @model_validator(mode="after")
    def _tells_separators_apart(self) -> Self:
        if self.decimal_separator == self.thousands_separator:
            msg = f"both separators are {self.decimal_separator!r}; give each its own"
            raise ValueError(msg)
        return self


@dataclass(frozen=True)
class FieldMapTables:
    """A field map as its file has it.

    Attributes:
        fields: by name of the product's field.
        attributes: by name of the attribute.
        families: by prefix of the columns, the longest prefix first.
    """

    fields: Mapping[str, Column]
    attributes: Mapping[str, Column] = field(default_factory=dict)
    families: Mapping[str, Family] = field(default_factory=dict)
    options: Options = field(default_factory=Options)

    @cached_property
    def sources(self) -> frozenset[str]:
        """The columns that a field or an attribute names."""
        columns = [*self.fields.values(), *self.attributes.values()]
        return frozenset(source for column in columns for source in column.sources)

    @cached_property
    def family_member(self) -> Callable[[str], FamilyMember | None]:
        """What a column is by its prefix; remembers the columns it was asked for last."""
        return lru_cache(MAX_REMEMBERED)(self._family_member)

    @cached_property
    def numbers(self) -> NumberFormat:
        """How the file writes numbers."""
        return NumberFormat(self.options.decimal_separator, self.options.thousands_separator)

    def _family_member(self, column: str) -> FamilyMember | None:
        if column in self.sources:
            return None
        for prefix, family in self.families.items():
            if column.startswith(prefix) and (attribute := column.removeprefix(prefix)):
                return FamilyMember(attribute, family)
        return None


def read_field_map_file(path: Path) -> FieldMapTables:
    """Return the tables of a field-mapping file.

    Raises:
        FieldMapError: the file cannot be read, or is wrong; names every problem with its path
            in the file and what to do, joined by "; ".
    """
    checked = _Checked(_toml(path))
    tables = checked.tables()
    if checked.problems:
        raise FieldMapError(f"field map {path}: {'; '.join(checked.problems)}")
    return tables


def _toml(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        msg = f"cannot read field map {path}: {error.strerror or error}; check its path"
        raise FieldMapError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"field map {path} is not UTF-8 at byte {error.start}; save it as UTF-8"
        raise FieldMapError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"field map {path} is not valid TOML: {error}; correct that line"
        raise FieldMapError(msg) from error


class _Checked:
    """Turns raw tables into checked ones and gathers what is wrong with them."""

    def __init__(self, data: Mapping[str, object]) -> None:
        self.problems = [
            f"{shown(name)}: unknown table; tables are {', '.join(TABLES)}"
            f"{suggestion(name, TABLES)}"
            for name in data
            if name not in TABLES
        ]
        self._data = data

    def tables(self) -> FieldMapTables:
        attributes = dict(self._table(self._data.get("attributes", {}), "attributes"))
        prefixes = self._table(attributes.pop(PREFIXES, {}), f"attributes.{PREFIXES}")
        options = self._parse(Options, self._data.get("options", {}), "options")
        return FieldMapTables(
            fields=self._fields(self._table(self._data.get("fields", {}), "fields")),
            attributes={
                name: column
                for name, spec in attributes.items()
                if (column := self._column(AttributeColumn, spec, f"attributes.{name}"))
            },
            families={
                prefix: family
                for prefix, spec in sorted(prefixes.items(), key=lambda item: -len(item[0]))
                if (family := self._parse(Family, spec, f"attributes.{PREFIXES}.{prefix}"))
            },
            options=options or Options(),
        )

    def _fields(self, specs: Mapping[str, object]) -> Mapping[str, Column]:
        columns = {}
        for name, spec in specs.items():
            kind = FIELD_KINDS.get(name)
            if kind is None:
                self.problems.append(
                    f"fields.{name}: unknown product field; fields are {', '.join(FIELD_KINDS)}, "
                    f"and anything else belongs in [attributes]{suggestion(name, FIELD_KINDS)}"
                )
            elif column := self._column(kind, spec, f"fields.{name}"):
                columns[name] = column
        self.problems.extend(
            f'fields.{name}: is missing; name its column, such as {name} = "COLUMN"'
            for name in REQUIRED_FIELDS
            if name not in specs
        )
        if isinstance(columns.get("id"), Constant):
            self.problems.append("fields.id: a constant cannot tell products apart; name a column")
        return columns

    def _table(self, value: object, where: str) -> Mapping[str, object]:
        if isinstance(value, Mapping):
            return value
        self.problems.append(f"{where}: {shown(value)} is not a table; write [{where}]")
        return {}

    def _column(self, kind: type[Column], spec: object, where: str) -> Column | None:
        if isinstance(spec, Mapping) and "value" in spec:
            return self._parse(Constant, spec, where)
        return self._parse(kind, spec, where)

    def _parse(self, model: type[M], spec: object, where: str) -> M | None:
        try:
            return model.model_validate(spec)
        except ValidationError as error:
            self.problems.extend(_describe(error, model, where))
            return None


def _describe(error: ValidationError, model: type[BaseModel], where: str) -> list[str]:
    options = [option.alias or name for name, option in model.model_fields.items()]
    texts = []
    for problem in error.errors(include_url=False):
        path = ".".join([where, *map(str, problem["loc"])])
        match problem["type"]:
            case "extra_forbidden":
                near = suggestion(str(problem["loc"][-1]), options)
                texts.append(f"{path}: unknown option; {where} takes {', '.join(options)}{near}")
            case "missing":
                texts.append(f'{path}: is missing; name the column, such as from = "COLUMN"')
            case "value_error":
                texts.append(f"{path}: {problem['msg'].removeprefix('Value error, ')}")
            case "literal_error":
                wanted = problem["ctx"]["expected"]
                texts.append(f"{path}: {shown(problem['input'])} is unknown; write {wanted}")
            case kind:
                reason = _REASONS.get(kind, problem["msg"])
                texts.append(f"{path}: {shown(problem['input'])} {reason}")
    return texts
