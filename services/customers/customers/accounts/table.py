"""The table of accounts."""

from chassis.database.schema import resource_table
from customers.metadata import metadata
from guanxi.customers.v1 import accounts_pb2

accounts = resource_table(accounts_pb2.Account, metadata)
