"""The tables of organizations: one row each, whose id is the organization's, and their logos."""

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

logos = sa.Table(
    "logos",
    metadata,
    sa.Column("org_id", sa.Uuid, primary_key=True),
    # SHA-256, hexadecimal: part of the picture's address.
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
