"""The tables of imports: staging, repairs, and what was written."""

from alembic import op

from chassis.database.rows import secure
from chassis.database.schema import chassis_metadata
from chassis.imports.tables import TABLES

revision = "chassis_0002"
down_revision = "chassis_0001"
branch_labels = None


def upgrade() -> None:
    connection = op.get_bind()
    chassis_metadata.create_all(connection, tables=list(TABLES))
    secure(connection, [table.name for table in TABLES])
