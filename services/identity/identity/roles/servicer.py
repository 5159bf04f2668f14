"""Custom methods of roles: a copy to begin another with."""

from google.protobuf.message import Message

from chassis.call import Call
from chassis.database.connection import Transaction
from chassis.resources.drafting import new_draft, refuse_denied
from chassis.resources.records import record_id
from chassis.service import Service
from guanxi.identity.v1 import roles_pb2


class RoleServicer:
    """Handlers of `RoleService` beside the standard ones."""

    def __init__(self, service: Service) -> None:
        self._records = service.records["roles"]

    def clone_role(self, call: Call, request: roles_pb2.CloneRoleRequest) -> Message:
        """A new role that grants the same, under another name; the seeded roles' keys stay theirs."""
        # A copy without what the caller does not see would grant something else.
        refuse_denied(call, self._records.resource, ["grants", "field_rules"])
        kept: roles_pb2.Role = self._records.shown(  # type: ignore[assignment]
            call, self._records.query.get(call, record_id(request.id))
        )
        wanted = roles_pb2.Role(name=request.name, grants=kept.grants, field_rules=kept.field_rules)

        def effect(transaction: Transaction) -> Message:
            draft = new_draft(call, self._records.resource, wanted)
            self._records.write(transaction, [draft])
            return self._records.shown(call, draft.values)

        return self._records.transact(call, request, self._records.resource.kind, effect)
