"""The audit log can be added to and read, and nothing else."""

from alembic import op

revision = "identity_0002"
down_revision = "identity_0001"
branch_labels = None


def upgrade() -> None:
    """Take UPDATE, DELETE and TRUNCATE away from the roles that serve and work."""
    owner = str(op.get_bind().exec_driver_sql("SELECT current_user").scalar())
    for role in ("app", "worker"):
        name = f"{owner.removesuffix('_owner')}_{role}"
        op.execute(f'REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries FROM "{name}"')
