"""The tables of the database; `migrations/` makes them, and a test holds both together."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hybrid_search.store.utc_time import UtcTime

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
"""Every constraint has a name: a migration could not change it otherwise."""

ROW_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type is exactly INTEGER."""

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("secret_sha256", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
)

QUERY_LOG = Table(
    "query_log",
    METADATA,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("query_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("q", Text, nullable=False),
    Column("filters", JSON, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("took_ms", Double, nullable=False),
    Column("profile", Text, nullable=False),
    Column("profile_version", Integer, nullable=False),
    Column("generation", Text, nullable=False),
    Column("is_degraded", Boolean, nullable=False),
    Index(None, "at"),
)

JOB_COUNTS = (
    "products",
    "chunks",
    "chunks_done",
    "products_done",
    "written",
    "encoded",
    "refused",
    "without_vector",
    "rejected",
    "changes",
)

JOBS = Table(
    "jobs",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("alias", Text, nullable=False),
    # The alias as long as the job is not at its end: it has one at a time.
    Column("active_alias", Text),
    Column("state", String(16), nullable=False),
    Column("source", JSON, nullable=False),
    Column("encoder", Text),
    Column("estimated_products", BigInteger),
    Column("generation", Text),
    Column("former", Text),
    Column("fingerprint", Text),
    Column("revision", BigInteger, nullable=False),
    Column("is_staged", Boolean, nullable=False, default=False),
    *(Column(name, BigInteger, nullable=False, default=0) for name in JOB_COUNTS),
    Column("refusals", Integer, nullable=False, default=0),
    Column("attributes", JSON, nullable=False, default=list),
    Column("sample", JSON, nullable=False, default=list),
    Column("created_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("updated_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("pruned", JSON, nullable=False, default=list),
    Column("prune_problems", JSON, nullable=False, default=list),
    Column("error_code", Text),
    Column("error", Text),
    UniqueConstraint("active_alias"),
)

JOB_CHUNKS = Table(
    "job_chunks",
    METADATA,
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("payload", LargeBinary),
    Column("attempts", Integer, nullable=False, default=0),
    Column("sent_at", UtcTime),
    Column("started_at", UtcTime),
)

JOB_FAILURES = Table(
    "job_failures",
    METADATA,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("product_id", Text),
    Column("line", BigInteger),
    Column("reason", Text, nullable=False),
    Index(None, "job_id", "number"),
)

PRODUCT_UPDATES = Table(
    "product_updates",
    METADATA,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("alias", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("sent_at", UtcTime, nullable=False),
)

REVISIONS = Table(
    "revisions",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("last", BigInteger, nullable=False),
)
