"""The table of exchange rates."""

from chassis.database.schema import list_index, resource_table
from guanxi.sales.v1 import exchange_rates_pb2
from sales.metadata import metadata

exchange_rates = resource_table(
    exchange_rates_pb2.ExchangeRate, metadata, list_index("exchange_rates_day", "currency", "valid_from")
)
