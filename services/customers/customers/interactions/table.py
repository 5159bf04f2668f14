"""The table of interactions."""

from chassis.database.schema import resource_table
from customers.metadata import metadata
from guanxi.customers.v1 import interactions_pb2

interactions = resource_table(interactions_pb2.Interaction, metadata)
