"""Every SQL statement.

`@` stands for the prefix of one generation's tables, `{field}` for the place of a vector field,
`{columns}` for the text fields, `{marks}` for a parameter of each, and `?*` for a list.
"""

from collections.abc import Sequence

from hybrid_search.query.fields import TEXT_FIELDS

APPLICATION_ID = 0x48594253
SCHEMA_VERSION = 1

CREATE_REGISTRY = (
    """CREATE TABLE IF NOT EXISTS generations (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        alias TEXT NOT NULL,
        name TEXT NOT NULL UNIQUE,
        meta TEXT NOT NULL,
        change INTEGER NOT NULL DEFAULT 0
    )""",
    """CREATE TABLE IF NOT EXISTS aliases (
        alias TEXT PRIMARY KEY,
        generation INTEGER NOT NULL REFERENCES generations (key)
    ) WITHOUT ROWID""",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)

SELECT_GENERATIONS = """
    SELECT g.key, g.alias, g.name, g.meta, g.change, a.generation IS NOT NULL
    FROM generations g LEFT JOIN aliases a ON a.alias = g.alias AND a.generation = g.key
"""
OF_NAME = " WHERE g.name = ?"
OF_ALIAS = " WHERE g.alias = ?"
INSERT_GENERATION = "INSERT INTO generations (alias, name, meta) VALUES (?, ?, ?)"
UPDATE_META = "UPDATE generations SET meta = ? WHERE key = ?"
DELETE_GENERATION = "DELETE FROM generations WHERE key = ?"
POINT_ALIAS = "INSERT OR REPLACE INTO aliases (alias, generation) VALUES (?, ?)"
NEXT_CHANGE = "UPDATE generations SET change = change + 1 WHERE key = ? RETURNING change"

CREATE_GENERATION = (
    """CREATE TABLE @products (
        row INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        group_id TEXT NOT NULL,
        revision INTEGER NOT NULL,
        change INTEGER NOT NULL,
        is_deleted INTEGER NOT NULL,
        fields TEXT NOT NULL
    )""",
    "CREATE INDEX @products_by_change ON @products (change)",
    "CREATE TABLE @documents (row INTEGER PRIMARY KEY, document TEXT NOT NULL)",
    "CREATE TABLE @fields (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """CREATE TABLE @entries (
        field INTEGER NOT NULL,
        row INTEGER NOT NULL,
        position INTEGER NOT NULL,
        value TEXT NOT NULL,
        number REAL,
        PRIMARY KEY (field, row, position)
    ) WITHOUT ROWID""",
    # The tokenizer keeps every term of the analyzer whole: all of Unicode beyond ASCII is a
    # letter to it, and terms hold no other ASCII sign than the dot.
    """CREATE VIRTUAL TABLE @text USING fts5 (
        {columns}, tokenize = "ascii tokenchars '.'"
    )""",
)
CREATE_VECTORS = "CREATE TABLE @vectors_{field} (row INTEGER PRIMARY KEY, vectors BLOB NOT NULL)"
DROP_TABLES = ("products", "documents", "fields", "entries", "text")

SELECT_REVISIONS = "SELECT id, row, revision, fields FROM @products WHERE id IN (?*)"
SELECT_LAST_ROW = "SELECT coalesce(max(row), 0) FROM @products"
UPSERT_PRODUCT = """
    INSERT INTO @products (row, id, group_id, revision, change, is_deleted, fields)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (row) DO UPDATE SET
        group_id = excluded.group_id, revision = excluded.revision, change = excluded.change,
        is_deleted = excluded.is_deleted, fields = excluded.fields
"""
DELETE_DOCUMENT = "DELETE FROM @documents WHERE row = ?"
DELETE_TEXT = "DELETE FROM @text WHERE rowid = ?"
DELETE_ENTRIES = "DELETE FROM @entries WHERE field = ? AND row = ?"
DELETE_VECTORS = "DELETE FROM @vectors_{field} WHERE row = ?"
INSERT_DOCUMENT = "INSERT INTO @documents (row, document) VALUES (?, ?)"
INSERT_TEXT = "INSERT INTO @text (rowid, {columns}) VALUES (?, {marks})"
INSERT_ENTRY = "INSERT INTO @entries (field, row, position, value, number) VALUES (?, ?, ?, ?, ?)"
INSERT_VECTORS = "INSERT INTO @vectors_{field} (row, vectors) VALUES (?, ?)"
SELECT_FIELDS = "SELECT name, key FROM @fields"
INSERT_FIELD = "INSERT INTO @fields (name) VALUES (?) RETURNING key"

COUNT_PRODUCTS = "SELECT count(*) FROM @products WHERE is_deleted = 0"
SELECT_DOCUMENTS_OF_IDS = """
    SELECT p.id, d.document FROM @products p JOIN @documents d ON d.row = p.row WHERE p.id IN (?*)
"""
SELECT_DOCUMENTS_OF_ROWS = "SELECT row, document FROM @documents WHERE row IN (?*)"
SELECT_VECTORS_OF_IDS = """
    SELECT p.id, v.vectors FROM @products p JOIN @vectors_{field} v ON v.row = p.row
    WHERE p.id IN (?*)
"""

SELECT_ROWS = "SELECT row, id, group_id, is_deleted FROM @products WHERE change > ? ORDER BY row"
SELECT_ENTRIES = """
    SELECT e.row, e.value, e.number FROM @entries e JOIN @fields f ON f.key = e.field
    WHERE f.name = ? ORDER BY e.row, e.position
"""
SELECT_CHANGED_ENTRIES = """
    SELECT e.row, e.value, e.number FROM @products p
    JOIN @fields f ON f.name = ?
    JOIN @entries e ON e.field = f.key AND e.row = p.row
    WHERE p.change > ? ORDER BY e.row, e.position
"""
SUM_VECTOR_BYTES = "SELECT coalesce(sum(length(vectors)), 0) FROM @vectors_{field}"
SELECT_VECTORS = "SELECT row, vectors FROM @vectors_{field} ORDER BY row"
SELECT_CHANGED_VECTORS = """
    SELECT v.row, v.vectors FROM @products p JOIN @vectors_{field} v ON v.row = p.row
    WHERE p.change > ? ORDER BY v.row
"""

MATCHING_ROWS = "SELECT rowid FROM @text WHERE @text MATCH ?"
SCORES = "SELECT rowid, -bm25(@text, {marks}) FROM @text WHERE @text MATCH ?"
# The plus keeps SQLite from asking the full-text index for one row after the other.
SCORES_OF_ROWS = """
    SELECT rowid, -bm25(@text, {marks}) FROM @text
    WHERE @text MATCH ? AND +rowid IN (SELECT value FROM json_each(?))
"""

_COLUMNS = ", ".join(TEXT_FIELDS)
_MARKS = ", ".join("?" * len(TEXT_FIELDS))


def of_generation(statement: str, key: int, *, field: int = 0, values: int = 0) -> str:
    """Return the statement for one generation.

    Args:
        statement: one of this module.
        key: of the generation.
        field: place of the vector field among the generation's.
        values: how many parameters a list `(?*)` has.
    """
    for mark, text in (
        ("{columns}", _COLUMNS),
        ("{marks}", _MARKS),
        ("{field}", str(field)),
        ("?*", ", ".join("?" * values)),
        ("@", f"g{key}_"),
    ):
        statement = statement.replace(mark, text)
    return statement


def match_expression(alternatives: Sequence[Sequence[str]]) -> str:
    """Return the FTS5 expression that any of the phrases satisfies.

    Every word is inside a quoted string, so nothing in it is an operator.
    """
    return " OR ".join(
        f'"{" ".join(phrase).replace(chr(34), chr(34) * 2)}"' for phrase in alternatives
    )


def within_columns(expression: str, columns: Sequence[str]) -> str:
    """Return the expression restricted to some columns."""
    return f"{{{' '.join(columns)}}} : ({expression})"
