"""The table of custom fields."""

import sqlalchemy as sa

from chassis.database.schema import resource_table
from guanxi.identity.v1 import custom_fields_pb2
from identity.metadata import metadata

custom_fields = resource_table(
    custom_fields_pb2.CustomField,
    metadata,
    sa.Index(
        "custom_fields_key_unique",
        "org_id",
        "module",
        "key",
        unique=True,
        postgresql_where=sa.text("delete_time IS NULL"),
    ),
)
