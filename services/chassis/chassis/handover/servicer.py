"""`HandOverService`: what belongs to somebody in this service, and how far its hand-over is."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from chassis.call import Call
from chassis.database.schema import jobs
from chassis.handover.run import KIND, owned
from chassis.parts import ServiceParts
from chassis.resources.records import record_id
from guanxi.handover.v1 import handover_pb2


class HandOverServicer:
    """Answers for one service's modules."""

    def __init__(self, service: ServiceParts) -> None:
        self._service = service

    def count_owned(self, call: Call, request: handover_pb2.CountOwnedRequest) -> handover_pb2.CountOwnedResponse:
        """For identity."""
        org_id, user_id = record_id(request.organization_id, "organization_id"), record_id(request.user_id, "user_id")
        inside = self._service.control_plane.system_call(org_id, of=call)
        newest = {row.module: row for row in self._service.database.read(inside, _jobs(org_id, str(user_id)))}
        answer = handover_pb2.CountOwnedResponse()
        for module, records in sorted(self._service.records.of(inside).items()):
            if not records.resource.owned:
                continue
            theirs = owned(records, org_id, user_id)
            counted = sa.select(sa.func.count().label("number")).select_from(records.resource.table).where(*theirs)
            count = self._service.database.read(inside, counted)[0].number
            answer.modules.append(handover_pb2.OwnedModule(module=module, count=count, **_progress(newest.get(module))))
        return answer


def _jobs(org_id: Any, user_id: str) -> sa.Select[Any]:
    """Of each module the newest hand-over of a user's."""
    return (
        sa.select(jobs.c.module, jobs.c.state, jobs.c.data)
        .where(jobs.c.org_id == org_id, jobs.c.kind == KIND, jobs.c.data["user_id"].astext == user_id)
        .order_by(jobs.c.module, jobs.c.create_time.desc(), jobs.c.id.desc())
        .ext(distinct_on(jobs.c.module))
    )


def _progress(row: Any) -> dict[str, Any]:
    if row is None:
        return {}
    data = row.data
    return {
        "state": row.state,
        "successor_id": data["successor_id"],
        "moved": data.get("moved", 0),
        "refused": data.get("refused", 0),
        "error": data.get("error", ""),
    }
