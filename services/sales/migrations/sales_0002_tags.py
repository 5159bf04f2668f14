"""Records with tags."""

from alembic import op

revision = "sales_0002"
down_revision = "sales_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and index it."""
    op.execute("ALTER TABLE opportunities ADD COLUMN tag_ids UUID[] DEFAULT '{}' NOT NULL")
    with op.get_context().autocommit_block():
        op.execute(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS opportunities_tag_ids ON opportunities USING gin (org_id, tag_ids)"
        )
