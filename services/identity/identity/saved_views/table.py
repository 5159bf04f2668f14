"""The tables of saved views, and of what each has settled of the lists of a module."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.database.schema import resource_table
from guanxi.identity.v1 import saved_views_pb2
from identity.metadata import metadata

saved_views = resource_table(saved_views_pb2.SavedView, metadata)

list_settings = sa.Table(
    "list_settings",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("default_view", sa.Text, nullable=False, server_default=""),
    sa.Column("columns", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.PrimaryKeyConstraint("org_id", "user_id", "module"),
)
