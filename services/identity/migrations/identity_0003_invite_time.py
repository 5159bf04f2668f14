"""When a user was invited."""

from alembic import op

revision = "identity_0003"
down_revision = "identity_0002"
branch_labels = None


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE users ADD COLUMN invite_time TIMESTAMP WITH TIME ZONE")
