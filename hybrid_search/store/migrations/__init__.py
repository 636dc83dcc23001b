"""What alembic runs to make the tables and to change them, version by version."""
