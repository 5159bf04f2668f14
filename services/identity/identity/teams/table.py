"""The table of teams."""

from chassis.database.schema import resource_table
from guanxi.identity.v1 import teams_pb2
from identity.metadata import metadata

teams = resource_table(teams_pb2.Team, metadata)
