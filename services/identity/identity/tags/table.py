"""The table of tags."""

from chassis.database.schema import resource_table
from guanxi.identity.v1 import tags_pb2
from identity.metadata import metadata

tags = resource_table(tags_pb2.Tag, metadata)
