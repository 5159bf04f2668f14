"""The table of groups."""

from chassis.database.schema import resource_table
from customers.metadata import metadata
from guanxi.customers.v1 import groups_pb2

groups = resource_table(groups_pb2.Group, metadata)
