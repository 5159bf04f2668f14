"""Facts."""

from alembic import op

from chassis.database.rows import secure
from reporting import app as _app  # noqa: F401
from reporting.metadata import metadata

revision = "reporting_0001"
down_revision = None
branch_labels = ("reporting",)
depends_on = "chassis_0001"


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    secure(op.get_bind(), metadata.tables)
