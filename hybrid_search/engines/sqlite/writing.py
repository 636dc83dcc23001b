"""Storing prepared changes in one short transaction; the highest revision of an id stays."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from hybrid_search.engines.port import WriteReport
from hybrid_search.engines.sqlite import sqlite_queries as sql
from hybrid_search.engines.sqlite.entries import Entry
from hybrid_search.engines.sqlite.generations import GenerationTables
from hybrid_search.engines.sqlite.preparing import PreparedChange
from hybrid_search.engines.sqlite.text_indexes import TEXT_INDEXES


class _KnownProduct(NamedTuple):
    """A product that is stored, or the tombstone of one.

    Attributes:
        row: never changes and is never used for another product.
        fields: keys of the fields that it has entries of, as JSON.
    """

    row: int
    revision: int
    fields: str


def apply_changes(tables: GenerationTables, changes: Sequence[PreparedChange]) -> WriteReport:
    """Store the changes that have a higher revision than what is stored, in their order.

    A delete leaves a row with its revision behind, so that no older write brings the product
    back.
    """
    known = _known_products(tables, [change.product_id for change in changes])
    accepted: dict[str, PreparedChange] = {}
    stale: list[str] = []
    for change in changes:
        before = accepted.get(change.product_id) or known.get(change.product_id)
        if before is not None and before.revision >= change.revision:
            stale.append(change.product_id)
        else:
            accepted[change.product_id] = change
    if accepted:
        _remove(tables, [known[product_id] for product_id in accepted if product_id in known])
        _store(tables, _placed(tables, list(accepted.values()), known))
    return WriteReport(written=len(changes) - len(stale), stale=tuple(stale))


def _known_products(
    tables: GenerationTables, product_ids: Sequence[str]
) -> dict[str, _KnownProduct]:
    found = tables.select_of(sql.SELECT_REVISIONS, list(dict.fromkeys(product_ids)))
    return {product_id: _KnownProduct(*known) for product_id, *known in found}


def _placed(
    tables: GenerationTables,
    changes: Sequence[PreparedChange],
    known: dict[str, _KnownProduct],
) -> list[tuple[int, PreparedChange]]:
    (last_row,) = tables.execute(sql.SELECT_LAST_ROW).fetchone()
    placed: list[tuple[int, PreparedChange]] = []
    for change in changes:
        if change.product_id in known:
            row = known[change.product_id].row
        else:
            row = last_row = last_row + 1
        placed.append((row, change))
    return placed


def _remove(tables: GenerationTables, products: Sequence[_KnownProduct]) -> None:
    rows = [(product.row,) for product in products]
    tables.execute_many(sql.DELETE_DOCUMENT, rows)
    for place in TEXT_INDEXES:
        tables.execute_many(sql.DELETE_TEXT, rows, field=place)
    for place in range(len(tables.stored.generation.vector_fields)):
        tables.execute_many(sql.DELETE_VECTORS, rows, field=place)
    tables.execute_many(
        sql.DELETE_ENTRIES,
        ((field, product.row) for product in products for field in json.loads(product.fields)),
    )


def _store(tables: GenerationTables, placed: Sequence[tuple[int, PreparedChange]]) -> None:
    (number,) = tables.execute(sql.NEXT_CHANGE, (tables.stored.key,)).fetchone()
    kept = [(row, change.product) for row, change in placed if change.product is not None]
    fields = _field_keys(tables, [entry for _, product in kept for entry in product.entries])
    tables.execute_many(
        sql.UPSERT_PRODUCT,
        ((row, *_product_row(change, number, fields)) for row, change in placed),
    )
    tables.execute_many(sql.INSERT_DOCUMENT, ((row, one.document) for row, one in kept))
    for place in TEXT_INDEXES:
        texts = [(row, one.texts[place]) for row, one in kept if one.texts[place]]
        tables.execute_many(sql.INSERT_TEXT, texts, field=place)
    tables.execute_many(
        sql.INSERT_ENTRY,
        (
            (fields[entry.field], row, position, entry.value, entry.number)
            for row, product in kept
            for position, entry in enumerate(product.entries)
        ),
    )
    for place in range(len(tables.stored.generation.vector_fields)):
        vectors = [(row, one.vectors[place]) for row, one in kept if place in one.vectors]
        tables.execute_many(sql.INSERT_VECTORS, vectors, field=place)


def _field_keys(tables: GenerationTables, entries: Sequence[Entry]) -> dict[str, int]:
    names = {entry.field for entry in entries}
    keys: dict[str, int] = dict(tables.select_of(sql.SELECT_FIELDS, list(names)))
    for name in names - keys.keys():
        (keys[name],) = tables.execute(sql.INSERT_FIELD, (name,)).fetchone()
    return keys


def _product_row(change: PreparedChange, number: int, fields: dict[str, int]) -> tuple[object, ...]:
    product = change.product
    has_fields: list[int] = []
    if product is not None:
        has_fields = sorted({fields[entry.field] for entry in product.entries})
    group_id = "" if product is None else product.group_id
    is_deleted = product is None
    return change.product_id, group_id, change.revision, number, is_deleted, json.dumps(has_fields)
