"""The table of roles."""

from chassis.database.schema import resource_table
from guanxi.identity.v1 import roles_pb2
from identity.metadata import metadata

roles = resource_table(roles_pb2.Role, metadata)
