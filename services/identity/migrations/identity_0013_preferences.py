"""What members have otherwise than their organization."""

from alembic import op

from chassis.database.rows import secure

revision = "identity_0013"
down_revision = "identity_0012"
branch_labels = None

TABLES = ("preferences",)
STATEMENT = """
CREATE TABLE preferences (
    org_id UUID NOT NULL,
    user_id UUID NOT NULL,
    time_zone TEXT,
    date_format TEXT,
    number_format TEXT,
    PRIMARY KEY (org_id, user_id)
)
"""


def upgrade() -> None:
    """Make the table, with row-level security on it."""
    op.execute(STATEMENT)
    secure(op.get_bind(), TABLES)
