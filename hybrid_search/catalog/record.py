"""One canonical record of a catalogue becomes a product, and back.

A record has the names of `Product`'s fields as keys, but `price` is in major units; a record
may have `price_minor`, in cents, instead. Everything except `id` and `title` may be left out.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError

from hybrid_search.catalog import values
from hybrid_search.catalog.currency import to_minor
from hybrid_search.catalog.number_format import count
from hybrid_search.catalog.product import AttributeValue, Product
from hybrid_search.catalog.texts import (
    identifier,
    is_missing,
    one_text,
    several_exact_texts,
    several_texts,
    shown,
)
from hybrid_search.errors import InvalidProductError, suggestion

MAX_NAMED = 5

_Text = Annotated[str | None, PlainValidator(values.optional(one_text))]
_Time = Annotated[datetime | None, PlainValidator(values.optional(values.timestamp))]
_Texts = Annotated[tuple[str, ...], PlainValidator(several_texts)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, PlainValidator(values.required(identifier))]
    title: Annotated[str, PlainValidator(values.required(one_text))]
    style_id: Annotated[str | None, PlainValidator(values.optional(identifier))] = None
    description: Annotated[str, PlainValidator(one_text)] = ""
    brand: _Text = None
    category: Annotated[tuple[str, ...], PlainValidator(values.category)] = ()
    color: _Texts = ()
    material: _Texts = ()
    pattern: _Texts = ()
    gender: _Texts = ()
    season: _Texts = ()
    occasion: _Texts = ()
    sizes: Annotated[dict[str, int], PlainValidator(values.sizes)] = {}
    price: Annotated[Decimal | None, PlainValidator(values.optional(values.price))] = None
    price_minor: Annotated[int | None, PlainValidator(values.optional(count))] = None
    currency: Annotated[str | None, PlainValidator(values.optional(values.currency))] = None
    images: Annotated[tuple[str, ...], PlainValidator(several_exact_texts)] = ()
    popularity: Annotated[float | None, PlainValidator(values.optional(values.popularity))] = None
    updated_at: _Time = None
    attributes: Annotated[
        dict[str, tuple[AttributeValue, ...]], PlainValidator(values.attributes)
    ] = {}


RECORD_FIELDS = tuple(_Record.model_fields)
"""The keys that a canonical record may have."""


def parse_product(record: Mapping[str, object]) -> Product:
    """Return the product that a canonical record describes.

    Raises:
        InvalidProductError: names every problem of the record, each with its field, the value
            and what to do, joined by "; ".
    """
    problems = [*unknown_fields(record), *_price_problems(record)]
    known = {name: record[name] for name in RECORD_FIELDS if name in record}
    try:
        parsed = _Record.model_validate(known)
    except ValidationError as error:
        problems.extend(_field_problems(error))
    if problems:
        raise InvalidProductError("; ".join(problems))
    return _product(parsed)


def product_record(product: Product) -> dict[str, object]:
    """Return the canonical record of a product, ready for JSON; empty fields are left out.

    For every product that `parse_product` can return, it returns that product again.
    """
    record: dict[str, object] = {
        "id": product.id,
        "title": product.title,
        "style_id": product.style_id,
        "description": product.description,
        "brand": product.brand,
        "category": list(product.category),
        "color": list(product.color),
        "material": list(product.material),
        "pattern": list(product.pattern),
        "gender": list(product.gender),
        "season": list(product.season),
        "occasion": list(product.occasion),
        "sizes": dict(product.sizes),
        "price_minor": product.price_minor,
        "currency": product.currency,
        "images": list(product.images),
        "popularity": product.popularity,
        "updated_at": product.updated_at.isoformat() if product.updated_at else None,
        "attributes": {name: list(found) for name, found in product.attributes.items()},
    }
    return {name: value for name, value in record.items() if not is_missing(value)}


def unknown_fields(names: Iterable[object]) -> list[str]:
    """Return what is wrong with those of `names` that no canonical record has; one text or none."""
    unknown = [str(name) for name in names if name not in RECORD_FIELDS]
    if not unknown:
        return []
    named = ", ".join(_with_suggestion(name) for name in unknown[:MAX_NAMED])
    more = f" and {len(unknown) - MAX_NAMED} more" if len(unknown) > MAX_NAMED else ""
    remedy = "rename them, or map your own names to product fields with a field map"
    return [f"unknown fields: {named}{more}; {remedy}"]


def _product(parsed: _Record) -> Product:
    price_minor = parsed.price_minor
    if parsed.price is not None and parsed.currency is not None:
        price_minor = to_minor(parsed.price, parsed.currency)
    return Product(
        id=parsed.id,
        title=parsed.title,
        style_id=parsed.style_id,
        description=parsed.description,
        brand=parsed.brand,
        category=parsed.category,
        color=parsed.color,
        material=parsed.material,
        pattern=parsed.pattern,
        gender=parsed.gender,
        season=parsed.season,
        occasion=parsed.occasion,
        sizes=parsed.sizes,
        price_minor=price_minor,
        currency=parsed.currency,
        images=parsed.images,
        popularity=parsed.popularity,
        updated_at=parsed.updated_at,
        attributes=parsed.attributes,
    )


def _with_suggestion(name: str) -> str:
    near = suggestion(name, RECORD_FIELDS).removeprefix("; ")
    return f"{shown(name)} ({near})" if near else shown(name)


def _price_problems(record: Mapping[str, object]) -> list[str]:
    price, price_minor, currency = (
        None if is_missing(record.get(name)) else record[name]
        for name in ("price", "price_minor", "currency")
    )
    problems = []
    if price is not None and price_minor is not None:
        problems.append(
            f"price: {shown(price)} is given beside price_minor {shown(price_minor)}; "
            "give one of them"
        )
    amount = price if price is not None else price_minor
    if amount is not None and currency is None:
        problems.append(f"price: {shown(amount)} has no currency; add currency, such as 'EUR'")
    if amount is None and currency is not None:
        problems.append(
            f"currency: {shown(currency)} has no price; add price, or leave currency out"
        )
    return problems


def _field_problems(error: ValidationError) -> list[str]:
    return [
        f"{problem['loc'][0]}: is missing; every product needs one"
        if problem["type"] == "missing"
        else f"{problem['loc'][0]}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors(include_url=False, include_input=False)
    ]
