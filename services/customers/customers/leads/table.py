"""The table of leads."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from chassis.database.schema import resource_table
from customers.metadata import metadata
from guanxi.customers.v1 import leads_pb2

leads = resource_table(
    leads_pb2.Lead,
    metadata,
    # What the conversion did, for whoever takes it back: see `customers.leads.conversion`.
    sa.Column("conversion", JSONB),
)
