"""The tables of pipelines and stages."""

from chassis.database.schema import resource_table
from guanxi.sales.v1 import pipelines_pb2, stages_pb2
from sales.metadata import metadata

pipelines = resource_table(pipelines_pb2.Pipeline, metadata)
stages = resource_table(stages_pb2.Stage, metadata)
