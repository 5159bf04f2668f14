"""The table of organizations: one row each, whose id is the organization's."""

import sqlalchemy as sa

from chassis.database.schema import resource_table
from guanxi.identity.v1 import organizations_pb2
from identity.metadata import metadata

organizations = resource_table(
    organizations_pb2.Organization,
    metadata,
    # Grows with every change to settings, members, teams, roles or definitions.
    sa.Column("policy_version", sa.BigInteger, nullable=False, server_default="1"),
)
