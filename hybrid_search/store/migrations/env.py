"""Run by alembic for every command: which connection, and which tables."""

from alembic import context

from hybrid_search.store.tables import METADATA

_given = context.config.attributes

context.configure(
    connection=_given["connection"],
    target_metadata=METADATA,
    version_table=_given["version_table"],
    # SQLite changes tables within a transaction as well; alembic knows only its old ways.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
