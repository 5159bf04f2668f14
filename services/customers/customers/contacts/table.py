"""The table of contacts."""

from chassis.database.schema import resource_table
from guanxi.customers.v1 import contacts_pb2

from customers.metadata import metadata

contacts = resource_table(contacts_pb2.Contact, metadata)
