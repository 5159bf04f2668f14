"""What an organization says of itself and how it writes dates and numbers; its logo."""

from alembic import op

from chassis.database.rows import secure

revision = "identity_0006"
down_revision = "identity_0005"
branch_labels = None

TABLES = ("logos",)
STATEMENTS = """
ALTER TABLE organizations
    ADD COLUMN legal_name TEXT,
    ADD COLUMN address TEXT,
    ADD COLUMN phone TEXT,
    ADD COLUMN logo_digest TEXT,
    ADD COLUMN date_format TEXT,
    ADD COLUMN number_format TEXT,
    ADD COLUMN fiscal_year_start_month INTEGER DEFAULT 1 NOT NULL;

CREATE TABLE logos (
    org_id UUID NOT NULL,
    digest TEXT NOT NULL,
    media_type TEXT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (org_id)
);
"""


def upgrade() -> None:
    """Add the columns, and make the table with row-level security on it."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
