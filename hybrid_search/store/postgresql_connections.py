"""Connections to a PostgreSQL database."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Dialect, Engine, NullPool, Pool, QueuePool, create_engine, event

from hybrid_search.errors import MissingExtraError
from hybrid_search.store.address import PostgresqlAddress

if TYPE_CHECKING:
    from sqlalchemy.pool import ConnectionPoolEntry

CONNECT_TIMEOUT_S = 2
"""For each address of the server; libpq takes no less."""

APPLICATION = "hybrid-search"


def open_postgresql(
    address: PostgresqlAddress, timeout_ms: int, *, is_pooled: bool = True
) -> Engine:
    """Return an engine whose statements end after the time, whatever becomes of the server.

    Args:
        address: of the database.
        timeout_ms: longest wait for one statement, and for a connection of the pool, in ms.
        is_pooled: whether connections are kept for the next transaction.

    Raises:
        MissingExtraError: psycopg is not installed.
    """
    try:
        from hybrid_search.store.bounded_connection import (  # noqa: PLC0415 - optional
            bounded_connection,
        )
    except ModuleNotFoundError as error:
        msg = (
            f"the database {str(address)!r} needs a package that is not installed ({error.name}); "
            "run: pip install 'hybrid-search[postgresql]'"
        )
        raise MissingExtraError(msg) from error
    pool: type[Pool] = QueuePool if is_pooled else NullPool
    options = {"pool_timeout": timeout_ms / 1000} if is_pooled else {}
    engine = create_engine(
        address.url,
        poolclass=pool,
        # A server that was started anew costs nobody a failed request.
        pool_pre_ping=True,
        hide_parameters=True,
        use_native_hstore=False,
        **options,
    )

    def connect(
        _dialect: Dialect, _record: "ConnectionPoolEntry", _args: tuple[()], params: dict[str, Any]
    ) -> object:
        return bounded_connection(_with_limits(params, timeout_ms), timeout_ms)

    event.listen(engine, "do_connect", connect)
    return engine


def _with_limits(params: dict[str, Any], timeout_ms: int) -> dict[str, Any]:
    """Return the parameters of a connection with ours; those of the address win."""
    ours = {
        "timezone": "UTC",
        "statement_timeout": timeout_ms,
        "lock_timeout": timeout_ms,
        "idle_in_transaction_session_timeout": 10 * timeout_ms,
    }
    options = " ".join(f"-c {name}={value}" for name, value in ours.items())
    given = params.get("options", "")
    return {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "application_name": APPLICATION,
        **params,
        "options": f"{options} {given}".rstrip(),
    }
