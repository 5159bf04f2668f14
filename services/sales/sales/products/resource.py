"""Products: the standard methods."""

from chassis.resources import Resource
from guanxi.sales.v1 import products_pb2
from sales.products.table import products

PRODUCTS = Resource(products_pb2.Product, products, default_order="name")
