"""The table of duplicate rules."""

from chassis.database.schema import resource_table
from customers.metadata import metadata
from guanxi.customers.v1 import duplicate_rules_pb2

duplicate_rules = resource_table(duplicate_rules_pb2.DuplicateRule, metadata)
