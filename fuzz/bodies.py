"""Searches in JSON: good ones, and mangled ones."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from hybrid_search.query.fields import FIXED_FIELDS, SORTABLE_FIELDS

TEXTS = (
    "",
    " ",
    "red dress",
    "rotes Kleid für 20 €",
    "a" * 499,
    "a " * 249,
    "ſ" * 300,
    "\u0000",
    "nul\u0000inside",
    "\ud800",
    "\udfff\ud800",
    "😀" * 100,
    "e\u0301" * 200,
    "\u202eright to left",
    "ﷺ" * 50,
    "'; DROP TABLE products; --",
    '" OR * NEAR( ^ - : {',
    "AND OR NOT (red) title:blue*~2",
    "../../etc/passwd",
    "a/b/c",
    "%00%ff%",
    "null",
    "true",
    "NaN",
    "1e999",
    "-0",
    "{}",
    "[]",
    '{"a":[1,2,{}]}',
    "p001",
    "Acme",
    "Nordlicht & Söhne",
    "2025-01-05",
    "2025-02-30",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-14:00",
    "2025-W01-1",
    "20250105T101010Z",
    "now-1d/d",
    "attributes.fit",
    "attributes.",
    "brand",
)
NUMBERS: tuple[Any, ...] = (
    0,
    -0.0,
    1,
    -1,
    0.1,
    24,
    250,
    251,
    1000,
    2**31,
    2**53 + 1,
    2**63,
    2**64,
    -(2**63) - 1,
    10**30,
    10**400,
    1e308,
    -1e308,
    5e-324,
    1e-50,
    3.4028236e38,
)
VALUES: tuple[Any, ...] = (*TEXTS, *NUMBERS, True, False, None, [], {}, [[]], {"a": {}}, [None])
FIELDS = (*FIXED_FIELDS, "attributes.fit", "attributes.heel", "attributes.none", "colour", "")
BRANDS = ("Acme", "Coco", "Nordlicht & Söhne", "Nobody")
WORDS = (
    *("red", "blue", "green", "cotton", "silk", "leather", "slim", "for", "under"),
    *("dress", "skirt", "shirt", "sneakers", "boots"),
)
SIGNALS = ("text", "lexical", "bm25", "text_vector", "image_vector", "")
DEPTH = 300
MAX_FLIPS = 5

Make = Callable[[Random], Any]


def search_body(generator: Random) -> dict[str, Any]:
    """Return a search, mostly a good one."""
    names = generator.sample(list(_FIELDS), generator.randint(0, 6))
    body = {name: _FIELDS[name](generator) for name in names}
    if generator.random() < 0.7:
        body["q"] = _q(generator)
    return body


def mangled(data: Any, generator: Random) -> Any:
    """Return JSON data with one place changed, dropped, doubled or moved; always another copy."""
    if isinstance(data, dict) and data:
        name = generator.choice(list(data))
        rest = {other: data[other] for other in data if other != name}
        return {**rest, **_mangled_member(name, data[name], generator)}
    if isinstance(data, list) and data:
        place = generator.randrange(len(data))
        changed = _mangled_entry(data[place], generator)
        return [*data[:place], *changed, *data[place + 1 :]]
    return generator.choice(VALUES)


def mangled_bytes(data: bytes, generator: Random) -> bytes:
    """Return bytes with some of them changed, dropped or put in, or an end cut off."""
    changed = bytearray(data)
    for _ in range(generator.randint(1, MAX_FLIPS)):
        place = generator.randrange(len(changed) + 1)
        length = generator.choice((0, 1, 1, 2, 10))
        changed[place : place + length] = generator.randbytes(generator.choice((0, 1, 1, 3)))
    if generator.random() < 0.2:
        del changed[generator.randrange(len(changed) + 1) :]
    return bytes(changed)


def _mangled_member(name: str, value: Any, generator: Random) -> dict[str, Any]:
    way = generator.random()
    if way < 0.6 and isinstance(value, dict | list):
        return {name: mangled(value, generator)}
    if way < 0.7:
        return {}
    if way < 0.8:
        return {generator.choice((*TEXTS, f"{name}s", name[:-1])): value}
    return {name: _other(value, generator)}


def _mangled_entry(value: Any, generator: Random) -> list[Any]:
    way = generator.random()
    if way < 0.7 and isinstance(value, dict | list):
        return [mangled(value, generator)]
    if way < 0.8:
        return []
    if way < 0.9:
        return [value, value]
    return [_other(value, generator)]


def _other(value: Any, generator: Random) -> Any:
    way = generator.random()
    if way < 0.05:
        return json.loads('{"a":' * DEPTH + "1" + "}" * DEPTH)
    if way < 0.15:
        return [value] * generator.choice((1, 2, 31, 501))
    if way < 0.2:
        return {f"n{number}": value for number in range(generator.choice((1, 51)))}
    if way < 0.3:
        return {generator.choice(TEXTS): value}
    return generator.choice(VALUES)


def _q(generator: Random) -> str:
    if generator.random() < 0.3:
        return generator.choice(TEXTS)
    return " ".join(generator.choices(WORDS, k=generator.randint(1, 5)))


def _scalar(generator: Random) -> Any:
    return generator.choice(
        (*BRANDS, "red", "cotton", "true", True, False, "Women/Shoes", 20, 11.37, "S")
        if generator.random() < 0.7
        else (*TEXTS, *NUMBERS)
    )


def _filter(generator: Random) -> dict[str, Any]:
    return {_field(generator): _wanted(generator) for _ in range(generator.randint(0, 3))}


def _wanted(generator: Random) -> Any:
    way = generator.random()
    if way < 0.4:
        return [_scalar(generator) for _ in range(generator.randint(1, 4))]
    if way < 0.7:
        return _scalar(generator)
    sides = (generator.choice(("gte", "gt")), generator.choice(("lte", "lt")))
    bounds = (*NUMBERS, *(text for text in TEXTS if text[:1].isdigit()))
    return {side: generator.choice(bounds) for side in generator.sample(sides, 1)}


def _field(generator: Random) -> str:
    return generator.choice(FIELDS)


def _boost(generator: Random) -> dict[str, Any]:
    factor = generator.choice((0.1, 1, 1.5, 10, generator.choice(NUMBERS)))
    return {"field": _field(generator), "value": _scalar(generator), "factor": factor}


def _hybrid(generator: Random) -> dict[str, Any]:
    options: dict[str, Any] = {
        "method": generator.choice(("convex", "rrf")),
        "weights": {generator.choice(SIGNALS): generator.choice((0, 0.3, 1, 1000, 1e-300))},
        "normalization": generator.choice(
            ("theoretical", "min_max", "z_score", "l2", "distribution")
        ),
        "rank_constant": generator.choice((1, 60, 100_000)),
        "window": generator.choice((1, 2, 50, 1000)),
    }
    return {name: options[name] for name in generator.sample(list(options), 2)}


_FIELDS: dict[str, Make] = {
    "filter": _filter,
    "facets": lambda generator: [_field(generator) for _ in range(generator.randint(0, 3))],
    "facet_size": lambda generator: generator.choice((1, 2, 20, 1000)),
    "sort": lambda generator: {
        "field": generator.choice(SORTABLE_FIELDS),
        "order": generator.choice(("asc", "desc")),
    },
    "limit": lambda generator: generator.choice((0, 1, 3, 24, 250)),
    "offset": lambda generator: generator.choice((0, 0, 1, 30, 999, 1000)),
    "hybrid": _hybrid,
    "boosts": lambda generator: [_boost(generator) for _ in range(generator.randint(0, 3))],
    "diversity": lambda generator: generator.choice(
        ({"brand_cap": 1}, {"mmr_lambda": 0.5, "depth": 100}, {"mmr_lambda": 0}, {})
    ),
    "collapse": lambda generator: generator.random() < 0.5,
    "explain": lambda generator: generator.random() < 0.5,
    "deadline_ms": lambda generator: generator.choice((1, 5, 1000, 60_000)),
}
