"""The table of products."""

from chassis.database.schema import resource_table
from guanxi.sales.v1 import products_pb2
from sales.metadata import metadata

products = resource_table(products_pb2.Product, metadata)
