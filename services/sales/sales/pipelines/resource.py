"""Pipelines and stages: the standard methods."""

from collections.abc import Sequence

import sqlalchemy as sa
from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import PreconditionError
from chassis.resources import Draft, Hooks, Resource
from chassis.texts import register
from guanxi.sales.v1 import pipelines_pb2, stages_pb2
from sales.opportunities.table import opportunities
from sales.pipelines.table import pipelines, stages

register({"STAGE_IN_USE": ("仍有商机处于该阶段或流程", "Opportunities are still in it; move them first")})


class InUse(Hooks):
    """Refuses to delete what opportunities are in."""

    def __init__(self, column: str) -> None:
        self._column = column

    @override
    def deleting(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        table = opportunities
        used = sa.select(sa.literal(1)).where(
            table.c.org_id == transaction.call.org_id,
            table.c[self._column].in_([draft.id for draft in drafts]),
            table.c.delete_time.is_(None),
        )
        if transaction.execute(sa.select(sa.exists(used))).scalar():
            raise PreconditionError("STAGE_IN_USE")


PIPELINES = Resource(pipelines_pb2.Pipeline, pipelines, InUse("pipeline_id"), default_order="position, name")
STAGES = Resource(stages_pb2.Stage, stages, InUse("stage_id"), default_order="position, name")
