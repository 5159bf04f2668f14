"""Tags: the standard methods."""

from chassis.resources import Resource
from guanxi.identity.v1 import tags_pb2
from identity.tags.table import tags

TAGS = Resource(tags_pb2.Tag, tags, default_order="name")
