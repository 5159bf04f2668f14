"""The table of product categories."""

from chassis.database.schema import resource_table
from guanxi.sales.v1 import product_categories_pb2
from sales.metadata import metadata

product_categories = resource_table(product_categories_pb2.ProductCategory, metadata)
