"""Users know the version of the control plane in which they changed last."""

from alembic import op

revision = "identity_0016"
down_revision = "identity_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Users of before are in every copy that there is: 0 is older than any version."""
    op.execute("ALTER TABLE users ADD COLUMN policy_version BIGINT DEFAULT 0 NOT NULL")
