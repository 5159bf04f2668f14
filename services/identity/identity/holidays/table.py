"""The table of holidays: one entry for a day."""

import sqlalchemy as sa

from chassis.database.schema import resource_table
from guanxi.identity.v1 import holidays_pb2
from identity.metadata import metadata

holidays = resource_table(
    holidays_pb2.Holiday,
    metadata,
    sa.Index("holidays_date_unique", "org_id", "date", unique=True, postgresql_where=sa.text("delete_time IS NULL")),
)
