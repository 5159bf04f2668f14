"""Everybody who works with customers sees the classes that they are in."""

from alembic import op

revision = "identity_0020"
down_revision = "identity_0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """As new organizations have it."""
    op.execute(
        """
        UPDATE roles SET grants = grants || '[{"module": "spending_classes", "operation": "view", "scope": "all"}]'
            WHERE key IN ('sales_manager', 'sales_representative', 'marketer', 'service_agent')
        """
    )
    op.execute("UPDATE organizations SET policy_version = policy_version + 1")
