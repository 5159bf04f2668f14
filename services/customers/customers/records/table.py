"""The table of all records of modules that organizations make; each row says of which it is."""

from chassis.database.schema import resource_table
from customers.metadata import metadata
from guanxi.customers.v1 import records_pb2

records = resource_table(records_pb2.Record, metadata)
