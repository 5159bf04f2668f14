"""Product categories: the standard methods; no circle of parents, and products are told of new names."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import PreconditionError
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.records import Records
from chassis.resources.tree import refuse_cycles
from chassis.texts import register
from guanxi.sales.v1 import product_categories_pb2
from sales.categories.table import product_categories
from sales.products.table import products

register(
    {
        "CATEGORY_IN_USE": (
            "仍有产品或下级类别属于该类别，请先移出",
            "Products or categories are still in it; move them first",
        )
    }
)
_AT_ONCE = 500


class CategoryHooks(Hooks):
    """Rules of categories. `records` are the service's, by module."""

    def __init__(self, records: Mapping[str, Records]) -> None:
        self._records = records

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        refuse_cycles(transaction, product_categories, drafts)

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        renamed = {draft.id: draft.values["name"] for draft in drafts if not draft.is_new and draft.changed("name")}
        if not renamed:
            return
        kept = self._records["products"]
        theirs = sa.select(products.c.id).where(
            products.c.org_id == transaction.call.org_id, products.c.category_id.in_(renamed)
        )
        found = list(transaction.execute(theirs).scalars())
        for first in range(0, len(found), _AT_ONCE):
            rows = kept.lock(transaction, found[first : first + _AT_ONCE], None, deleted=True)
            sorted_ones = [Draft.of(row) for row in rows.values()]
            for draft in sorted_ones:
                draft.values["category"] = renamed.get(draft.values["category_id"], draft.values["category"])
            kept.write(transaction, sorted_ones)

    @override
    def deleting(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        gone = [draft.id for draft in drafts]
        for column in (products.c.category_id, product_categories.c.parent_id):
            table: Any = column.table
            used = sa.select(sa.literal(1)).where(
                table.c.org_id == transaction.call.org_id, column.in_(gone), table.c.delete_time.is_(None)
            )
            if transaction.execute(sa.select(sa.exists(used))).scalar():
                raise PreconditionError("CATEGORY_IN_USE")


def category_resource(records: Mapping[str, Records]) -> Resource:
    """The declaration."""
    return Resource(
        product_categories_pb2.ProductCategory, product_categories, CategoryHooks(records), default_order="name"
    )
