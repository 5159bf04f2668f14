"""Tickets."""

from alembic import op

from chassis.database.rows import secure
from service_desk import app as _app  # noqa: F401
from service_desk.metadata import metadata

revision = "service_desk_0001"
down_revision = None
branch_labels = ("service_desk",)
depends_on = "chassis_0001"


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    secure(op.get_bind(), metadata.tables)
