"""The table of web forms."""

import sqlalchemy as sa

from chassis.database.schema import resource_table
from customers.metadata import metadata
from guanxi.customers.v1 import forms_pb2

forms = resource_table(forms_pb2.Form, metadata, sa.Index("forms_token_unique", "org_id", "token", unique=True))
