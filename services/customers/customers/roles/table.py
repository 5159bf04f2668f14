"""The table of contacts' roles in accounts."""

import sqlalchemy as sa

from chassis.database.schema import resource_table
from customers.metadata import metadata
from guanxi.customers.v1 import account_contacts_pb2

account_contacts = resource_table(
    account_contacts_pb2.AccountContact,
    metadata,
    sa.Index(
        "account_contacts_contact_id_unique",
        "org_id",
        "account_id",
        "contact_id",
        unique=True,
        postgresql_where=sa.text("delete_time IS NULL"),
    ),
)
