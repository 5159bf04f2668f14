"""Records with tags."""

from alembic import op

revision = "service_desk_0002"
down_revision = "service_desk_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and index it."""
    op.execute("ALTER TABLE tickets ADD COLUMN tag_ids UUID[] DEFAULT '{}' NOT NULL")
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS tickets_tag_ids ON tickets USING gin (org_id, tag_ids)")
