"""Jobs with their chunks and failures, product updates, and the counter of revisions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COUNTS = (
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


def upgrade() -> None:
    """Make the tables of jobs."""
    row_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("alias", sa.Text, nullable=False),
        sa.Column("active_alias", sa.Text),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("source", sa.JSON, nullable=False),
        sa.Column("encoder", sa.Text),
        sa.Column("estimated_products", sa.BigInteger),
        sa.Column("generation", sa.Text),
        sa.Column("former", sa.Text),
        sa.Column("fingerprint", sa.Text),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("is_staged", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in COUNTS),
        sa.Column("refusals", sa.Integer, nullable=False),
        sa.Column("attributes", sa.JSON, nullable=False),
        sa.Column("sample", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("pruned", sa.JSON, nullable=False),
        sa.Column("prune_problems", sa.JSON, nullable=False),
        sa.Column("error_code", sa.Text),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("active_alias", name="uq_jobs_active_alias"),
    )
    op.create_table(
        "job_chunks",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("payload", sa.LargeBinary),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_job_chunks"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_chunks_job_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "job_failures",
        sa.Column("number", row_number, nullable=False),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("product_id", sa.Text),
        sa.Column("line", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_job_failures"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_failures_job_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_job_failures_job_id_number", "job_failures", ["job_id", "number"])
    op.create_table(
        "product_updates",
        sa.Column("number", row_number, nullable=False),
        sa.Column("alias", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_product_updates"),
    )
    revisions = op.create_table(
        "revisions",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_revisions"),
    )
    op.bulk_insert(revisions, [{"name": "products", "last": 0}])
