"""How long sessions last, and where people logged in from."""

from alembic import op

revision = "identity_0012"
down_revision = "identity_0011"
branch_labels = None

STATEMENTS = """
CREATE TABLE known_devices (
    login_id UUID NOT NULL,
    device_hash BYTEA NOT NULL,
    address TEXT NOT NULL,
    last_time TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (login_id, device_hash),
    FOREIGN KEY(login_id) REFERENCES logins (id)
);

ALTER TABLE organizations ADD COLUMN session_days INTEGER;

ALTER TABLE organizations ADD COLUMN idle_minutes INTEGER;
"""


def upgrade() -> None:
    """Make the table, which belongs to no organization, and the columns."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
