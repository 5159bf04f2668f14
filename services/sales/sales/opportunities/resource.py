"""Opportunities: the standard methods, and what follows from their stage."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.database.schema import refs
from chassis.errors import InvalidArgumentError
from chassis.resources import Draft, Hooks, Resource
from guanxi.sales.v1 import opportunities_pb2
from sales.opportunities.rules import Stage, moved, name_of, settle
from sales.opportunities.table import opportunities, stage_changes
from sales.pipelines.table import pipelines, stages
from sales.products.table import products


class OpportunityHooks(Hooks):
    """Rules of opportunities."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        known = stages_of(transaction)
        today = datetime.now(transaction.call.organization.time_zone).date()
        for draft in drafts:
            values = draft.values
            if draft.is_new:
                values["status"] = values.get("status") or ("" if values.get("close_date") else "open")
            problem = settle(values, known, today)
            if problem:
                raise InvalidArgumentError(violations=[problem])
        _name(transaction, [draft for draft in drafts if not draft.values.get("name")])

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        rows = [
            {
                "org_id": transaction.call.org_id,
                "opportunity_id": draft.id,
                "from_stage_id": draft.before["stage_id"] if draft.before else None,
                "to_stage_id": draft.values["stage_id"],
                "time": draft.values["update_time"],
                "changed_by": transaction.call.principal.user_id,
            }
            for draft in drafts
            if moved(draft.before, draft.values)
        ]
        if rows:
            transaction.execute(sa.insert(stage_changes), rows)


def stages_of(transaction: Transaction) -> list[Stage]:
    """The organization's stages, in the order of pipelines and then of stages."""
    rows = transaction.execute(
        sa.select(stages.c.id, stages.c.pipeline_id, stages.c.kind)
        .join(pipelines, sa.and_(pipelines.c.org_id == stages.c.org_id, pipelines.c.id == stages.c.pipeline_id))
        .where(
            stages.c.org_id == transaction.call.org_id,
            stages.c.delete_time.is_(None),
            pipelines.c.delete_time.is_(None),
        )
        .order_by(pipelines.c.position, pipelines.c.id, stages.c.position, stages.c.id)
    )
    return [Stage(row.id, row.pipeline_id, row.kind) for row in rows]


def _name(transaction: Transaction, drafts: Sequence[Draft]) -> None:
    """Name what nobody named after its account and product."""
    if not drafts:
        return
    org_id = transaction.call.org_id
    accounts = _titles(
        transaction,
        sa.select(refs.c.id, refs.c.title).where(refs.c.org_id == org_id, refs.c.resource == "customers.Account"),
        refs.c.id,
        (draft.values.get("account_id") for draft in drafts),
    )
    named = _titles(
        transaction,
        sa.select(products.c.id, products.c.name).where(products.c.org_id == org_id),
        products.c.id,
        (draft.values.get("product_id") for draft in drafts),
    )
    for draft in drafts:
        values = draft.values
        values["name"] = name_of(accounts.get(values["account_id"], ""), named.get(values["product_id"], "")) or None


def _titles(
    transaction: Transaction, statement: sa.Select[Any], column: sa.ColumnElement[Any], wanted: Iterable[UUID | None]
) -> dict[UUID | None, str]:
    found = {item for item in wanted if item is not None}
    if not found:
        return {}
    rows: Any = transaction.execute(statement.where(column.in_(found)))
    return {row[0]: row[1] for row in rows}


OPPORTUNITIES = Resource(opportunities_pb2.Opportunity, opportunities, OpportunityHooks())
