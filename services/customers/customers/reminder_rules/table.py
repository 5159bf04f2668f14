"""The table of reminder rules."""

from chassis.database.schema import resource_table
from customers.metadata import metadata
from guanxi.customers.v1 import reminder_rules_pb2

reminder_rules = resource_table(reminder_rules_pb2.ReminderRule, metadata)
