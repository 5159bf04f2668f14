"""Timelines know which merge put an entry on them."""

from alembic import op

revision = "customers_0011"
down_revision = "customers_0010"
branch_labels = None


def upgrade() -> None:
    """Make the column."""
    op.execute("ALTER TABLE timeline_places ADD COLUMN merge_id UUID")
