"""A short name of users, unique in their organization."""

from alembic import op

revision = "identity_0009"
down_revision = "identity_0008"
branch_labels = None


def upgrade() -> None:
    """Add the column and, beside the writers, its index. An index that an interrupted try left half made is made anew."""
    op.execute("ALTER TABLE users ADD COLUMN IF NOT EXISTS user_name TEXT")
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS users_user_name_unique")
        op.execute(
            "CREATE UNIQUE INDEX CONCURRENTLY users_user_name_unique ON users (org_id, lower(user_name))"
            " WHERE delete_time IS NULL"
        )
