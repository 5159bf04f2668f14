"""The table of projects."""

from chassis.database.schema import resource_table
from guanxi.customers.v1 import projects_pb2

from customers.metadata import metadata

projects = resource_table(projects_pb2.Project, metadata)
