"""The table of shipments."""

from chassis.database.schema import resource_table
from guanxi.sales.v1 import shipments_pb2
from sales.metadata import metadata

shipments = resource_table(shipments_pb2.Shipment, metadata)
