"""Shipments: the standard methods. What leaves moves the order and its stock on, in the same transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, Violation
from chassis.ids import uuid7
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.drafting import blank_draft
from chassis.resources.lines import as_stored
from chassis.resources.records import Records
from chassis.texts import register
from guanxi.sales.v1 import shipments_pb2
from sales.orders.rules import Leaving, ship
from sales.shipments.table import shipments

register(
    {
        "SHIPMENT_IS_FINAL": (
            "发货单的“{field}”不能修改",
            "“{field}” of a shipment stays as it is",
        )
    }
)


class ShipmentHooks(Hooks):
    """Rules of shipments. `records` are the service's, by module."""

    def __init__(self, records: Mapping[str, Records]) -> None:
        self._records = records

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        problems = [
            Violation(name, "SHIPMENT_IS_FINAL")
            for draft in drafts
            for name in ("order_id", "lines")
            if not draft.is_new and draft.changed(name)
        ]
        if problems:
            raise InvalidArgumentError(violations=problems)
        new = [draft for draft in drafts if draft.is_new]
        kept = self._records["orders"]
        rows = kept.lock(transaction, {draft.values["order_id"] for draft in new}, "view") if new else {}
        found = {order_id: Draft.of(row) for order_id, row in rows.items()}
        counts = _counts(transaction, found)
        movements = []
        for draft in new:
            order = found.get(draft.values["order_id"])
            if order is None:
                raise InvalidArgumentError.of("order_id", "UNKNOWN_REFERENCE")
            counts[order.id] = counts.get(order.id, 0) + 1
            _begin(transaction, draft, order, counts[order.id])
            if not order.values["kept_elsewhere"]:
                movements += self._leave(transaction, draft, order)
        self._records["stock_movements"].write(transaction, movements)
        for status in ("partly_shipped", "shipped"):
            moved = [order for order in found.values() if order.values["status"] == status]
            kept.write(transaction, moved, status, keeps_owner=True)

    def _leave(self, transaction: Transaction, draft: Draft, order: Draft) -> list[Draft]:
        """Move the order on; returns the movements of what was held for it."""
        leaving = ship(order.values, draft.values["lines"])
        draft.values["lines"] = [_line(one) for one in leaving]
        resource = self._records["stock_movements"].resource
        made = []
        for one in leaving:
            if one.is_reserved:
                movement = blank_draft(transaction.call, resource, uuid7())
                movement.values |= {
                    "product_id": UUID(one.line["product_id"]),
                    "kind": "issue",
                    "quantity": one.quantity,
                    "reason": draft.values["number"],
                    "shipment_id": draft.id,
                }
                made.append(movement)
        return made


def _begin(transaction: Transaction, draft: Draft, order: Draft, number: int) -> None:
    values = draft.values
    values |= {"account_id": order.values["account_id"], "owner_id": order.values["owner_id"]}
    values["number"] = values["number"] or f"{order.values['number']}-{number}"
    values["ship_date"] = values["ship_date"] or datetime.now(transaction.call.organization.time_zone).date()


def _line(one: Leaving) -> dict[str, Any]:
    found = {
        "line_id": one.line["id"],
        "product_id": one.line.get("product_id"),
        "quantity": as_stored(one.quantity),
        "description": one.line.get("description"),
    }
    return {name: value for name, value in found.items() if value is not None}


def _counts(transaction: Transaction, orders: Mapping[UUID, Draft]) -> dict[UUID, int]:
    if not orders:
        return {}
    table = shipments
    rows: Any = transaction.execute(
        sa.select(table.c.order_id, sa.func.count().label("count"))
        .where(table.c.org_id == transaction.call.org_id, table.c.order_id.in_(orders))
        .group_by(table.c.order_id)
    )
    return {row.order_id: row.count for row in rows}


def shipment_resource(records: Mapping[str, Records]) -> Resource:
    """The declaration."""
    return Resource(shipments_pb2.Shipment, shipments, ShipmentHooks(records))
