"""Methods of orders beside the standard ones: the steps of their way."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from chassis.call import Call
from chassis.database.connection import Database, Transaction
from chassis.errors import PermissionDeniedError, PreconditionError
from chassis.resources import Draft
from chassis.resources.drafting import new_draft, refuse_denied
from chassis.resources.kinds import checked_text
from chassis.resources.records import Records
from chassis.texts import register
from guanxi.sales.v1 import orders_pb2, shipments_pb2
from sales.orders import rules
from sales.pricing.lines import rate_of
from sales.purchases.servicer import purchase_history
from sales.stock.resource import STOCKED, locked_products

register(
    {
        "NO_RATE": (
            "没有 {currency} 在 {day} 的汇率，请在设置中添加，或填写订单的“汇率”",
            "There is no exchange rate of {currency} for {day}; add one in the settings, or fill in the order's own",
        ),
        "SHIP_DENIED": ("没有权限创建发货单", "You may not make shipments; ask an administrator"),
    }
)
# The order's columns, and its products' by id.
Step = Callable[[dict[str, Any], Mapping[UUID, dict[str, Any]]], None]


class OrderServicer:
    """Handlers of `OrderService` beside the standard ones. `records` are the service's, by module."""

    def __init__(self, database: Database, records: Mapping[str, Records]) -> None:
        self._database = database
        self._records = records
        self._orders = records["orders"]

    def confirm_order(self, call: Call, request: orders_pb2.ConfirmOrderRequest) -> Message:
        """Reserve stock; the rate of its day becomes the order's."""

        def effect(transaction: Transaction, before: Mapping[str, Any]) -> Draft:
            draft = self._step(transaction, before, rules.confirm)
            rate = rate_of(transaction, draft.values, draft.values["order_date"])
            if rate is None:
                day = draft.values["order_date"].isoformat()
                raise PreconditionError("NO_RATE", currency=draft.values["currency"], day=day)
            if draft.values["currency"] != call.organization.currency:
                draft.values["exchange_rate"] = rate
            draft.values |= {"confirm_time": datetime.now(UTC), "cancel_reason": None}
            self._orders.write(transaction, [draft], "confirmed")
            return draft

        return self._change(call, request, effect)

    def complete_order(self, call: Call, request: orders_pb2.CompleteOrderRequest) -> Message:
        """All has left."""

        def effect(transaction: Transaction, before: Mapping[str, Any]) -> Draft:
            draft = Draft.of(before)
            rules.complete(draft.values)
            self._orders.write(transaction, [draft], "completed")
            return draft

        return self._change(call, request, effect)

    def cancel_order(self, call: Call, request: orders_pb2.CancelOrderRequest) -> Message:
        """Give reserved stock free."""
        reason = checked_text("reason", request.reason, 500)

        def effect(transaction: Transaction, before: Mapping[str, Any]) -> Draft:
            draft = self._step(transaction, before, rules.cancel)
            draft.values["cancel_reason"] = reason or None
            self._orders.write(transaction, [draft], "cancelled")
            return draft

        return self._change(call, request, effect)

    def reopen_order(self, call: Call, request: orders_pb2.ReopenOrderRequest) -> Message:
        """A draft again."""

        def effect(transaction: Transaction, before: Mapping[str, Any]) -> Draft:
            draft = self._step(transaction, before, rules.reopen)
            draft.values |= {"confirm_time": None, "cancel_reason": None}
            self._orders.write(transaction, [draft], "reopened")
            return draft

        return self._change(call, request, effect)

    def ship_order(self, call: Call, request: orders_pb2.ShipOrderRequest) -> Message:
        """Make a shipment; the order follows from it."""
        if call.access.scope("shipments", "create") is None:
            raise PermissionDeniedError("SHIP_DENIED")

        def effect(transaction: Transaction, before: Mapping[str, Any]) -> Draft:
            shipments = self._records["shipments"]
            wanted = shipments_pb2.Shipment()
            wanted.CopyFrom(request.shipment)
            wanted.order_id = str(before["id"])
            shipments.write(transaction, [new_draft(call, shipments.resource, wanted)])
            return Draft.of(self._orders.lock(transaction, [before["id"]], None)[before["id"]])

        return self._change(call, request, effect)

    def get_purchase_history(
        self, call: Call, request: orders_pb2.GetPurchaseHistoryRequest
    ) -> orders_pb2.PurchaseHistory:
        """What an account has bought."""
        return purchase_history(self._database, self._orders, call, request.account_id)

    def _change(self, call: Call, request: Any, effect: Callable[[Transaction, Mapping[str, Any]], Draft]) -> Message:
        refuse_denied(call, self._orders.resource, ["status"])
        return self._orders.change(call, request, request.id, effect)

    def _step(self, transaction: Transaction, before: Mapping[str, Any], step: Step) -> Draft:
        """Take a step that changes what is held in stock; the products are locked after the order, by their ids."""
        draft = Draft.of(before)
        wanted = [UUID(line["product_id"]) for line in before["lines"] if line.get("product_id")]
        found = locked_products(self._records, transaction, wanted)
        step(draft.values, {product_id: product.values for product_id, product in found.items()})
        self._records["products"].write(transaction, list(found.values()), STOCKED)
        return draft
