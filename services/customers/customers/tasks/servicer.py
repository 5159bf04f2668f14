"""Methods of tasks beside the standard ones."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message

from chassis.call import Call
from chassis.database.connection import Transaction
from chassis.resources import Draft
from chassis.resources.drafting import refuse_denied
from chassis.resources.records import Records
from guanxi.customers.v1 import tasks_pb2


class TaskServicer:
    """Handlers of `TaskService` beside the standard ones."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def complete_task(self, call: Call, request: tasks_pb2.CompleteTaskRequest) -> Message:
        """Done; of one that is done already nothing changes."""
        return self._become(call, request, "done")

    def reopen_task(self, call: Call, request: tasks_pb2.ReopenTaskRequest) -> Message:
        """Open again."""
        return self._become(call, request, "open")

    def _become(self, call: Call, request: Any, status: str) -> Message:
        refuse_denied(call, self._records.resource, ["status"])

        def effect(transaction: Transaction, before: Mapping[str, Any]) -> Draft:
            draft = Draft.of(before)
            if status == "done" or before["complete_time"] is not None or before["status"] == "cancelled":
                draft.values["status"] = status
            self._records.write(transaction, [draft])
            return draft

        return self._records.change(call, request, request.id, effect)
