"""Interactions mention colleagues."""

from alembic import op

revision = "customers_0014"
down_revision = "customers_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and what finds who is mentioned."""
    op.execute("ALTER TABLE interactions ADD COLUMN mentioned_ids UUID[] DEFAULT '{}' NOT NULL")
    with op.get_context().autocommit_block():
        op.execute(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS interactions_mentioned_ids"
            " ON interactions USING gin (org_id, mentioned_ids)"
        )


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE interactions DROP COLUMN mentioned_ids")
