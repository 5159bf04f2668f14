"""The table of custom modules."""

import sqlalchemy as sa

from chassis.database.schema import resource_table
from guanxi.identity.v1 import custom_modules_pb2
from identity.metadata import metadata

# A deleted module keeps its key: its records are still there, and come back with it.
custom_modules = resource_table(
    custom_modules_pb2.CustomModule,
    metadata,
    sa.Index("custom_modules_key_unique", "org_id", "key", unique=True),
)
