"""Opportunities: the standard methods, their stage's consequences, and its history."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from typing_extensions import override

from chassis.authz.snapshots import ControlPlane
from chassis.call import Call
from chassis.database.connection import Database, Transaction
from chassis.database.schema import refs
from chassis.errors import InvalidArgumentError
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.fields import to_timestamp
from chassis.resources.standard import StandardMethods, record_id
from guanxi.sales.v1 import opportunities_pb2
from sales.opportunities.rules import Stage, moved, name_of, settle
from sales.opportunities.table import opportunities, stage_changes
from sales.pipelines.table import pipelines, stages
from sales.products.table import products


class OpportunityHooks(Hooks):
    """Rules of opportunities. The control plane tells the organization's day."""

    control_plane: ControlPlane

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        known = _stages(transaction)
        organization = self.control_plane.organization(transaction.call.org_id)
        today = datetime.now(organization.time_zone).date()
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


def _stages(transaction: Transaction) -> list[Stage]:
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


OPPORTUNITY_HOOKS = OpportunityHooks()
OPPORTUNITIES = Resource(opportunities_pb2.Opportunity, opportunities, OPPORTUNITY_HOOKS)


class OpportunityServicer:
    """Handlers of `OpportunityService` beside the standard ones."""

    def __init__(self, database: Database, methods: StandardMethods) -> None:
        self._database = database
        self._methods = methods

    def list_stage_changes(
        self, call: Call, request: opportunities_pb2.ListStageChangesRequest
    ) -> opportunities_pb2.ListStageChangesResponse:
        """The stages an opportunity in scope went through."""
        row = self._methods.query.get(call, record_id(request.opportunity_id, "opportunity_id"))
        rows = self._database.read(
            call,
            sa.select(stage_changes)
            .where(stage_changes.c.org_id == call.org_id, stage_changes.c.opportunity_id == row.id)
            .order_by(stage_changes.c.time, stage_changes.c.id),
        )
        return opportunities_pb2.ListStageChangesResponse(
            stage_changes=[
                opportunities_pb2.StageChange(
                    id=str(change.id),
                    from_stage_id=str(change.from_stage_id or ""),
                    to_stage_id=str(change.to_stage_id),
                    time=to_timestamp(change.time),
                    changed_by=str(change.changed_by or ""),
                )
                for change in rows
            ]
        )
