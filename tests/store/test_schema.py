"""Tables and migrations are held against each other on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, update

from hybrid_search.errors import DatabaseError
from hybrid_search.store.database import Database
from hybrid_search.store.schema import MIGRATIONS, NEWEST, VERSIONS
from hybrid_search.store.tables import METADATA


def set_version(database: Database, number: int) -> None:
    with database.writing() as connection:
        connection.execute(update(VERSIONS).values(version_num=f"{number:04}"))


def test_migrations_make_the_tables_that_the_code_uses(database: Database) -> None:
    options = {"version_table": VERSIONS.name, "compare_type": True, "compare_server_default": True}
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []


def test_every_constraint_has_the_name_that_the_tables_give_it(database: Database) -> None:
    with database.reading() as connection:
        found = inspect(connection)
        for table in METADATA.sorted_tables:
            named = found.get_pk_constraint(table.name)["name"]
            assert named == str(table.primary_key.name), table.name


def test_versions_are_numbered_in_one_row() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    revisions = [revision.revision for revision in script.walk_revisions()]
    assert revisions == [f"{number:04}" for number in range(NEWEST, 0, -1)]
    names = sorted(path.name[:5] for path in (MIGRATIONS / "versions").glob("v*.py"))
    assert names == [f"v{number:04}" for number in range(1, NEWEST + 1)]


def test_tables_of_now_can_be_used(database: Database) -> None:
    database.check()


def test_a_database_without_tables_is_refused(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(DatabaseError, match="run `hybrid-search database upgrade`"):
        database.check()
    database.close()


def test_tables_of_an_older_program_are_refused(database: Database) -> None:
    set_version(database, 0)
    with pytest.raises(DatabaseError, match=r"no tables yet|of version 0"):
        database.check()


def test_tables_of_a_newer_program_are_refused_and_left_alone(database: Database) -> None:
    set_version(database, NEWEST + 1)
    message = f"is of version {NEWEST + 1}, which is newer than the {NEWEST} of this program"
    for use in (database.check, database.upgrade):
        with pytest.raises(DatabaseError, match=message):
            use()
