"""Exchange rates: the standard methods."""

from collections.abc import Sequence

from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError
from chassis.resources import Draft, Hooks, Resource
from guanxi.sales.v1 import exchange_rates_pb2
from sales.exchange_rates.table import exchange_rates


class RateHooks(Hooks):
    """Rules of rates."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        if any(draft.values["rate"] <= 0 for draft in drafts):
            raise InvalidArgumentError.of("rate", "ABOVE_ZERO")


EXCHANGE_RATES = Resource(
    exchange_rates_pb2.ExchangeRate, exchange_rates, RateHooks(), default_order="currency, valid_from desc"
)
