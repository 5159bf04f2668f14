"""Products, pipelines and opportunities."""

from alembic import op

from chassis.database.rows import secure
from sales import app as _app  # noqa: F401
from sales.metadata import metadata

revision = "sales_0001"
down_revision = None
branch_labels = ("sales",)
depends_on = "chassis_0001"


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    secure(op.get_bind(), metadata.tables)
