"""Passwords that an administrator sets, for log-ins that are their organization's alone."""

from alembic import op

revision = "identity_0015"
down_revision = "identity_0014"
branch_labels = None

INDEXES = {
    "logins_email_proved": "(lower(email)) WHERE only_org_id IS NULL",
    "logins_email_of_organization": "(lower(email), only_org_id) WHERE only_org_id IS NOT NULL",
}


def upgrade() -> None:
    """Let an address have one log-in that is proved, and one of each organization that sets it a password."""
    op.execute("ALTER TABLE logins ADD COLUMN IF NOT EXISTS only_org_id UUID")
    op.execute("ALTER TABLE logins ADD COLUMN IF NOT EXISTS initial_until TIMESTAMP WITH TIME ZONE")
    with op.get_context().autocommit_block():
        for name, what in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON logins {what}")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS logins_email")
