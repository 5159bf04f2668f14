"""Stock movements: the standard methods. A product's stock changes in the transaction of its movement."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, Violation
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.records import Records
from guanxi.sales.v1 import stock_movements_pb2
from sales.stock.rules import move, take_reserved, wrong
from sales.stock.table import stock_movements

# What events call a change of a product's stock.
STOCKED = "stock_changed"


class MovementHooks(Hooks):
    """Rules of movements. `records` are the service's, by module."""

    def __init__(self, records: Mapping[str, Records]) -> None:
        self._records = records

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        new = [draft for draft in drafts if draft.is_new]
        problems = [
            Violation(name, "MOVEMENT_IS_FINAL")
            for draft in drafts
            for name in ("product_id", "kind", "quantity", "reason")
            if not draft.is_new and draft.changed(name)
        ]
        problems += [item for draft in new if (item := wrong(draft.values["kind"], draft.values["quantity"]))]
        if problems:
            raise InvalidArgumentError(violations=problems)
        found = locked_products(self._records, transaction, (draft.values["product_id"] for draft in new))
        for draft in new:
            product = found.get(draft.values["product_id"])
            if product is None:
                continue  # the check of references says so
            if draft.values["shipment_id"] is not None:
                take_reserved(product.values, draft.values["quantity"])
            elif problem := move(product.values, draft.values["kind"], draft.values["quantity"]):
                raise InvalidArgumentError(violations=[problem])
            draft.values["balance"] = product.values["on_hand"]
        self._records["products"].write(transaction, list(found.values()), STOCKED)


def locked_products(
    records: Mapping[str, Records], transaction: Transaction, wanted: Iterable[UUID | None]
) -> dict[UUID, Draft]:
    """Products whose stock is about to change, locked in the order of their ids, so that no two orders deadlock."""
    ids = {item for item in wanted if item is not None}
    rows = records["products"].lock(transaction, ids, None, deleted=True) if ids else {}
    return {found: Draft.of(row) for found, row in rows.items()}


def movement_resource(records: Mapping[str, Records]) -> Resource:
    """The declaration."""
    return Resource(stock_movements_pb2.StockMovement, stock_movements, MovementHooks(records))
