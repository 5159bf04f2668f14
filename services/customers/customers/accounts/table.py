"""The table of accounts."""

from chassis.database.schema import resource_table
from guanxi.customers.v1 import accounts_pb2

from customers.metadata import metadata

accounts = resource_table(accounts_pb2.Account, metadata)
