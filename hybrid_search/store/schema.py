"""The version of the tables in a database, and bringing it to the newest one."""

import threading
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from hybrid_search.errors import DatabaseError

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
VERSIONS = table("hybrid_search_version", column("version_num"))
"""Alembic's row, in a table of ours alone: a shop may keep one of its own in the same database."""

NEWEST = max(int(path.name[1:5]) for path in (MIGRATIONS / "versions").glob("v*.py"))
"""Files are called `v0001_what_it_does.py` and have the revision `0001`."""

# Alembic keeps the migration that runs in a global variable.
_one_at_a_time = threading.Lock()


def version(connection: Connection) -> int:
    """Return the version of the tables; 0 when there are none yet."""
    if not inspect(connection).has_table(VERSIONS.name):
        return 0
    found = connection.scalar(select(VERSIONS.c.version_num))
    return int(found) if found else 0


def check_version(found: int, address: object) -> None:
    """Raise when the tables are not those that this program reads.

    Raises:
        DatabaseError: they are older or newer.
    """
    if found == NEWEST:
        return
    if found > NEWEST:
        problem = (
            f"is of version {found}, which is newer than the {NEWEST} of this program; upgrade "
            "hybrid-search"
        )
    else:
        problem = f"is of version {found}" if found else "has no tables yet"
        problem += f", and this program needs {NEWEST}; run `hybrid-search database upgrade`"
    raise DatabaseError(f"database {str(address)!r} {problem}")


def migrate(connection: Connection) -> None:
    """Bring the tables to the newest version, within the transaction of the connection."""
    from alembic import command  # noqa: PLC0415 - takes long, and is rarely needed
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSIONS.name
    with _one_at_a_time:
        command.upgrade(config, "head")
