"""The table of tasks."""

from chassis.database.schema import resource_table
from customers.metadata import metadata
from guanxi.customers.v1 import tasks_pb2

tasks = resource_table(tasks_pb2.Task, metadata)
