"""Users say where they are on the way in or out."""

from alembic import op

revision = "identity_0021"
down_revision = "identity_0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and fill it by who is a member; whom an older release changes says so again at the next change."""
    op.execute("ALTER TABLE users ADD COLUMN IF NOT EXISTS status TEXT")
    op.execute(
        "UPDATE users SET status = CASE WHEN active THEN 'active'"
        " WHEN EXISTS (SELECT 1 FROM memberships WHERE memberships.org_id = users.org_id"
        " AND memberships.user_id = users.id) THEN 'deactivated'"
        " WHEN invite_time IS NOT NULL THEN 'invited' ELSE 'not_invited' END"
    )
    with op.get_context().autocommit_block():
        op.execute(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS users_status"
            " ON users (org_id, status, create_time, id) INCLUDE (delete_time)"
        )
