"""Products: the standard methods; their category by its name, and stock where it is tracked."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.ids import uuid7
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.drafting import blank_draft
from chassis.resources.records import Records
from guanxi.sales.v1 import products_pb2
from sales.categories.table import product_categories
from sales.products.table import products
from sales.stock.rules import counted


class ProductHooks(Hooks):
    """Rules of products. `records` are the service's, by module."""

    def __init__(self, records: Mapping[str, Records]) -> None:
        self._records = records

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        self._sort(transaction, drafts)
        for draft in drafts:
            values = draft.values
            if values["tracks_stock"] or values["on_hand"] is not None:
                values |= counted(values["on_hand"] or Decimal(0), values["reserved"] or Decimal(0))

    def _sort(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        """Level category and its name; of two that are new and differ the category counts."""
        by_id = [draft for draft in drafts if draft.changed("category_id") and draft.values["category_id"]]
        rest = [draft for draft in drafts if draft not in by_id]
        by_name = [draft for draft in rest if draft.changed("category") and draft.values["category"]]
        for draft in rest:
            if (
                not draft.is_new
                and draft not in by_name
                and (draft.changed("category") or draft.changed("category_id"))
            ):
                draft.values |= {"category": None, "category_id": None}
        if by_id:
            names = _categories(transaction, product_categories.c.id.in_([one.values["category_id"] for one in by_id]))
            found = {row.id: row.name for row in names}
            for draft in by_id:
                draft.values["category"] = found.get(draft.values["category_id"], draft.values["category"])
        if by_name:
            self._find(transaction, by_name)

    def _find(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        wanted = {draft.values["category"].lower(): draft.values["category"] for draft in drafts}
        rows = _categories(transaction, sa.func.lower(product_categories.c.name).in_(wanted))
        found: dict[str, tuple[UUID, str]] = {row.name.lower(): (row.id, row.name) for row in rows}
        found |= self._make(transaction, [name for key, name in wanted.items() if key not in found])
        for draft in drafts:
            kept = found.get(draft.values["category"].lower())
            draft.values["category_id"] = kept[0] if kept else None
            if kept:
                draft.values["category"] = kept[1]

    def _make(self, transaction: Transaction, names: Sequence[str]) -> dict[str, tuple[UUID, str]]:
        """New categories, where the caller may make them; else products have a name and no category."""
        call = transaction.call
        is_allowed = call.access.scope("product_categories", "create") is not None
        if not names or not is_allowed:
            return {}
        kept = self._records["product_categories"]
        made = [blank_draft(call, kept.resource, uuid7()) for _ in names]
        for draft, name in zip(made, names, strict=True):
            draft.values["name"] = name
        kept.write(transaction, made)
        return {name.lower(): (draft.id, name) for draft, name in zip(made, names, strict=True)}


def _categories(transaction: Transaction, condition: sa.ColumnElement[bool]) -> Sequence[Any]:
    table = product_categories
    statement = sa.select(table.c.id, table.c.name).where(
        table.c.org_id == transaction.call.org_id, table.c.delete_time.is_(None), condition
    )
    return transaction.execute(statement).all()


def product_resource(records: Mapping[str, Records]) -> Resource:
    """The declaration."""
    return Resource(products_pb2.Product, products, ProductHooks(records), default_order="name")
