"""The table of reminders."""

from chassis.database.schema import resource_table
from customers.metadata import metadata
from guanxi.customers.v1 import reminders_pb2

reminders = resource_table(reminders_pb2.Reminder, metadata)
