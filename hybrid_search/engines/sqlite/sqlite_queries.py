"""Every SQL statement.

`@` stands for the prefix of one generation's tables, `{field}` for the place of a full-text index
or vector field among its like, and `?*` for a list of parameters.
"""

from collections.abc import Sequence

APPLICATION_ID = 0x48594253
SCHEMA_VERSION = 2

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
)
# Each is of one field, so that a word counts by how long that field is and how rare it is there.
# The tokenizer keeps every term of the analyzer whole: all of Unicode beyond ASCII is a letter to
# it, and terms hold no other ASCII sign than the dot.
CREATE_TEXT = """
    CREATE VIRTUAL TABLE @text_{field} USING fts5 (terms, tokenize = "ascii tokenchars '.'")
"""
CREATE_VECTORS = "CREATE TABLE @vectors_{field} (row INTEGER PRIMARY KEY, vectors BLOB NOT NULL)"
DROP_TABLES = ("products", "documents", "fields", "entries")

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
DELETE_TEXT = "DELETE FROM @text_{field} WHERE rowid = ?"
DELETE_ENTRIES = "DELETE FROM @entries WHERE field = ? AND row = ?"
DELETE_VECTORS = "DELETE FROM @vectors_{field} WHERE row = ?"
INSERT_DOCUMENT = "INSERT INTO @documents (row, document) VALUES (?, ?)"
INSERT_TEXT = "INSERT INTO @text_{field} (rowid, terms) VALUES (?, ?)"
INSERT_ENTRY = "INSERT INTO @entries (field, row, position, value, number) VALUES (?, ?, ?, ?, ?)"
INSERT_VECTORS = "INSERT INTO @vectors_{field} (row, vectors) VALUES (?, ?)"
SELECT_FIELDS = "SELECT name, key FROM @fields WHERE name IN (?*)"
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
# CROSS JOIN keeps the order of the tables: the few changed products come first.
SELECT_CHANGED_ENTRIES = """
    SELECT e.row, e.value, e.number
    FROM @products p CROSS JOIN @fields f CROSS JOIN @entries e
    WHERE f.name = ? AND p.change > ? AND e.field = f.key AND e.row = p.row
    ORDER BY e.row, e.position
"""
SUM_VECTOR_BYTES = "SELECT coalesce(sum(length(vectors)), 0) FROM @vectors_{field}"
SELECT_VECTORS = "SELECT row, vectors FROM @vectors_{field} ORDER BY row"
SELECT_CHANGED_VECTORS = """
    SELECT v.row, v.vectors FROM @products p CROSS JOIN @vectors_{field} v
    WHERE p.change > ? AND v.row = p.row ORDER BY v.row
"""

MATCHING_ROWS = "SELECT rowid FROM @text_{field} WHERE @text_{field} MATCH ?"
SCORES = "SELECT rowid, -bm25(@text_{field}) FROM @text_{field} WHERE @text_{field} MATCH ?"
# The plus keeps SQLite from asking the full-text index for one row after the other.
SCORES_OF_ROWS = """
    SELECT rowid, -bm25(@text_{field}) FROM @text_{field}
    WHERE @text_{field} MATCH ? AND +rowid IN (SELECT value FROM json_each(?))
"""


def of_generation(statement: str, key: int, *, field: int = 0, values: int = 0) -> str:
    """Return the statement for one generation.

    Args:
        statement: one of this module.
        key: of the generation.
        field: place of a full-text index in `TEXT_INDEXES`, or of a vector field in the generation.
        values: how many parameters a list `(?*)` has.
    """
    named = statement.replace("{field}", str(field)).replace("?*", ", ".join("?" * values))
    return named.replace("@", f"g{key}_")


def phrase_expression(phrase: Sequence[str]) -> str:
    """Return the FTS5 expression for words that stand side by side.

    They are inside a quoted string, so nothing in them is an operator.
    """
    return '"{}"'.format(" ".join(phrase).replace('"', '""'))
