"""The table of orders."""

from chassis.database.schema import resource_table
from guanxi.sales.v1 import orders_pb2
from sales.metadata import metadata

orders = resource_table(orders_pb2.Order, metadata)
