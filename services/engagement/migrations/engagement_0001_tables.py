"""Channels and messages."""

from alembic import op

from chassis.database.rows import secure
from engagement import app as _app  # noqa: F401
from engagement.metadata import metadata

revision = "engagement_0001"
down_revision = None
branch_labels = ("engagement",)
depends_on = "chassis_0001"


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    secure(op.get_bind(), metadata.tables)
