"""The table of stock movements."""

from chassis.database.schema import resource_table
from guanxi.sales.v1 import stock_movements_pb2
from sales.metadata import metadata

stock_movements = resource_table(stock_movements_pb2.StockMovement, metadata)
