"""Records of the modules that organizations make: the standard methods, of each module by itself."""

from chassis.resources import Resource
from customers.records.table import records
from guanxi.customers.v1 import records_pb2

RECORDS = Resource(records_pb2.Record, records)
