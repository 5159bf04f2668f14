"""The pipeline that every organization begins with; made when the organization is, and never twice."""

import uuid
from collections.abc import Mapping
from typing import Any

from chassis.database.connection import Transaction
from chassis.events.projections import records
from chassis.resources.drafting import made_draft
from chassis.resources.records import Records
from guanxi.events.v1 import events_pb2
from guanxi.identity.v1 import organizations_pb2

# Names in zh and en, kind, probability of winning in percent.
FIRST_STAGES = (
    ("线索跟进", "Prospecting", "open", 10),
    ("洽谈中", "Engaging", "open", 40),
    ("赢单", "Won", "won", 100),
    ("输单", "Lost", "lost", 0),
)
FIRST_PIPELINE = ("销售流程", "Sales")


class Seed:
    """Handles the event that tells of a new organization."""

    def __init__(self, of_module: Mapping[str, Records]) -> None:
        self._of_module = of_module

    def plant(self, transaction: Transaction, event: events_pb2.Event) -> None:
        """Make the first pipeline, in the organization's language."""
        if event.verb != "created":
            return
        for record in records(event, organizations_pb2.Organization):
            if record.after is not None:
                self._make(transaction, ("zh", "en").index(record.after.language or "en"))

    def _make(self, transaction: Transaction, language: int) -> None:
        org_id = transaction.call.org_id
        pipeline = {"id": uuid.uuid5(org_id, "first pipeline"), "name": FIRST_PIPELINE[language], "position": 1}
        stages = [
            {
                "id": uuid.uuid5(org_id, f"first stage {number}"),
                "name": stage[language],
                "pipeline_id": pipeline["id"],
                "position": number,
                "kind": stage[2],
                "probability": stage[3],
                # Files say it in either language: an import finds records by their external ids, too.
                "external_ids": {"name": stage[1 - language]},
            }
            for number, stage in enumerate(FIRST_STAGES, 1)
        ]
        self._write(transaction, "pipelines", [pipeline])
        self._write(transaction, "stages", stages)

    def _write(self, transaction: Transaction, module: str, rows: list[dict[str, Any]]) -> None:
        found = self._of_module[module]
        found.write(transaction, [made_draft(found.resource, row) for row in rows])
