"""The table of accounts."""

import sqlalchemy as sa

from chassis.database.schema import resource_table
from customers.metadata import metadata
from guanxi.customers.v1 import accounts_pb2

accounts = resource_table(
    accounts_pb2.Account,
    metadata,
    # Of the web site: companies that share it are probably one.
    sa.Column("domain", sa.Text),
    sa.Index("accounts_domain", "org_id", "domain"),
)
