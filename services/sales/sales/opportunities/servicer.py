"""Methods of opportunities beside the standard ones."""

import sqlalchemy as sa

from chassis.call import Call
from chassis.database.connection import Database
from chassis.resources.kinds import to_timestamp
from chassis.resources.records import Records, record_id
from guanxi.sales.v1 import opportunities_pb2
from sales.opportunities.table import stage_changes


class OpportunityServicer:
    """Handlers of `OpportunityService` beside the standard ones."""

    def __init__(self, database: Database, records: Records) -> None:
        self._database = database
        self._records = records

    def list_stage_changes(
        self, call: Call, request: opportunities_pb2.ListStageChangesRequest
    ) -> opportunities_pb2.ListStageChangesResponse:
        """The stages an opportunity in scope went through."""
        row = self._records.query.get(call, record_id(request.opportunity_id, "opportunity_id"))
        rows = self._database.read(
            call,
            sa.select(stage_changes)
            .where(stage_changes.c.org_id == call.org_id, stage_changes.c.opportunity_id == row["id"])
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
