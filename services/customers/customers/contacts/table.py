"""The table of contacts."""

from chassis.database.schema import resource_table
from customers.metadata import metadata
from guanxi.customers.v1 import contacts_pb2

contacts = resource_table(contacts_pb2.Contact, metadata)
