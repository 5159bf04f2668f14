"""Change and reset of passwords, their history, and the organization's policy of them."""

from alembic import op

from chassis.database.rows import secure

revision = "identity_0005"
down_revision = "identity_0004"
branch_labels = None

TABLES = ("password_resets", "password_history", "address_requests")
STATEMENTS = """
CREATE TABLE password_resets (
    login_id UUID NOT NULL,
    secret_hash BYTEA NOT NULL,
    email TEXT NOT NULL,
    expire_time TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (login_id),
    FOREIGN KEY(login_id) REFERENCES logins (id)
);

CREATE UNIQUE INDEX password_resets_secret ON password_resets (secret_hash);

CREATE TABLE password_history (
    login_id UUID NOT NULL,
    id UUID NOT NULL,
    password_hash TEXT NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (login_id, id),
    FOREIGN KEY(login_id) REFERENCES logins (id)
);

CREATE TABLE address_requests (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    email TEXT NOT NULL,
    device TEXT DEFAULT '' NOT NULL,
    address TEXT DEFAULT '' NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (id)
);

ALTER TABLE organizations ADD COLUMN password_minimum_length INTEGER;

ALTER TABLE organizations ADD COLUMN password_history INTEGER;
"""


def upgrade() -> None:
    """Make the tables, secure them, and add the columns."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
