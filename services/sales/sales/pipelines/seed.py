"""The pipeline that every organization begins with; made when the organization is, and never twice."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from chassis.authz.snapshots import Organization
from chassis.database.connection import Transaction
from chassis.events.projections import records
from chassis.resources.drafting import made_draft
from chassis.resources.resource import Resource
from chassis.resources.store import Store
from guanxi.events.v1 import events_pb2
from guanxi.identity.v1 import control_plane_pb2, organizations_pb2
from sales.pipelines.resource import FIRST_PIPELINE, FIRST_STAGES, PIPELINES, STAGES


def seed(transaction: Transaction, event: events_pb2.Event) -> None:
    """Event handler: a new organization gets its first pipeline."""
    if event.verb != "created":
        return
    for record in records(event, organizations_pb2.Organization):
        if record.after is not None:
            _make(transaction, ("zh", "en").index(record.after.language or "en"))


def _make(transaction: Transaction, language: int) -> None:
    org_id = transaction.call.org_id
    pipeline_id = uuid.uuid5(org_id, "first pipeline")
    _insert(transaction, PIPELINES, [{"id": pipeline_id, "name": FIRST_PIPELINE[language], "position": 1}])
    rows = [
        {
            "id": uuid.uuid5(org_id, f"first stage {number}"),
            "name": stage[language],
            "pipeline_id": pipeline_id,
            "position": number,
            "kind": stage[2],
            "probability": stage[3],
        }
        for number, stage in enumerate(FIRST_STAGES, 1)
    ]
    _insert(transaction, STAGES, rows)


def _insert(transaction: Transaction, resource: Resource, rows: Sequence[Mapping[str, Any]]) -> None:
    nobody = Organization(control_plane_pb2.Snapshot(organization_id=str(transaction.call.org_id)))
    Store(resource).insert(transaction, nobody, [made_draft(resource, row) for row in rows])
