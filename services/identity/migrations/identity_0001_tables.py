"""Organizations, members, sessions and the audit log."""

from alembic import op

from chassis.database.rows import secure
from identity import app as _app  # noqa: F401
from identity.metadata import metadata

revision = "identity_0001"
down_revision = None
branch_labels = ("identity",)
depends_on = "chassis_0001"


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    secure(op.get_bind(), metadata.tables)
