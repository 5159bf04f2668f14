"""The table of tickets."""

from chassis.database.schema import resource_table
from guanxi.service_desk.v1 import tickets_pb2
from service_desk.metadata import metadata

tickets = resource_table(tickets_pb2.Ticket, metadata)
