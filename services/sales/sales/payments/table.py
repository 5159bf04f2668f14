"""The table of payments."""

from chassis.database.schema import resource_table
from guanxi.sales.v1 import payments_pb2
from sales.metadata import metadata

payments = resource_table(payments_pb2.Payment, metadata)
