"""Second factors, and whether an organization demands them."""

from alembic import op

revision = "identity_0004"
down_revision = "identity_0003"
branch_labels = None

STATEMENTS = """
ALTER TABLE organizations ADD COLUMN second_factor_required BOOLEAN DEFAULT false NOT NULL;

CREATE TABLE second_factors (
    login_id UUID NOT NULL,
    secret BYTEA,
    pending BYTEA,
    last_step BIGINT DEFAULT 0 NOT NULL,
    enroll_time TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (login_id),
    FOREIGN KEY(login_id) REFERENCES logins (id)
);

CREATE TABLE recovery_codes (
    login_id UUID NOT NULL,
    code_hash BYTEA NOT NULL,
    PRIMARY KEY (login_id, code_hash),
    FOREIGN KEY(login_id) REFERENCES logins (id)
);

CREATE TABLE challenges (
    token_hash BYTEA NOT NULL,
    login_id UUID NOT NULL,
    org_id UUID NOT NULL,
    user_id UUID NOT NULL,
    purpose TEXT NOT NULL,
    password_digest BYTEA NOT NULL,
    secret BYTEA,
    attempts INTEGER DEFAULT 0 NOT NULL,
    expire_time TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (token_hash),
    FOREIGN KEY(login_id) REFERENCES logins (id)
);

CREATE INDEX challenges_login ON challenges (login_id);
"""


def upgrade() -> None:
    """Make the tables, which belong to no organization, and the column."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
