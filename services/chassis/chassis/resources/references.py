"""References: what a record points to must exist, be alive, and be visible to who points.

The target's kind decides where to look: the service's own tables, the snapshot for users, teams and roles, else the
local `ref` copy; what is unknown there is asked of its owner once, with the caller's token.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis.authz.scope import owner_condition
from chassis.authz.snapshots import Organization
from chassis.call import Call
from chassis.contract import all_resources
from chassis.database.connection import Transaction
from chassis.database.schema import refs
from chassis.errors import Violation
from chassis.resources.refs import keep
from chassis.resources.resource import Draft, Resource

# (type, ids, the caller's token) → rows for `ref`; asks the owner.
Ask = Callable[[Call, str, Sequence[uuid.UUID]], list[dict[str, Any]]]
FROM_SNAPSHOT = frozenset({"identity.User", "identity.Team", "identity.Role"})


@dataclass(frozen=True)
class References:
    """Checks references of one service's resources."""

    local: Mapping[str, Resource]
    ask: Ask

    def check(
        self, transaction: Transaction, organization: Organization, resource: Resource, drafts: Sequence[Draft]
    ) -> list[tuple[Draft, Violation]]:
        """Violations of drafts whose references changed."""
        found: list[tuple[Draft, Violation]] = []
        for name, kind in resource.references.items():
            pointing = [draft for draft in drafts if draft.values.get(name) and draft.changed(name)]
            if not pointing:
                continue
            wanted = {target for draft in pointing for target in _targets(draft.values[name])}
            states = self._states(transaction, organization, kind, wanted)
            for draft in pointing:
                for target in _targets(draft.values[name]):
                    state = states.get(target, "UNKNOWN_REFERENCE")
                    if state and not (draft.id == target and state == "UNKNOWN_REFERENCE"):
                        found.append((draft, Violation(name, state)))
        return found

    def _states(
        self, transaction: Transaction, organization: Organization, kind: str, wanted: set[uuid.UUID]
    ) -> dict[uuid.UUID, str]:
        """Target → what is wrong with it, empty when nothing is; targets that cannot be seen are missing."""
        if kind in self.local:
            return self._local(transaction, self.local[kind], wanted)
        if kind in FROM_SNAPSHOT:
            return _in_snapshot(organization, kind)
        found = self._known(transaction, kind, wanted)
        missing = wanted - found.keys()
        if missing and transaction.call.token:
            rows = self.ask(transaction.call, kind, sorted(missing))
            keep(transaction, kind, rows)
            found |= self._known(transaction, kind, missing)
        return found

    def _local(self, transaction: Transaction, target: Resource, wanted: set[uuid.UUID]) -> dict[uuid.UUID, str]:
        call, table = transaction.call, target.table
        conditions = [table.c.org_id == call.org_id, table.c.id.in_(wanted)]
        if target.owned:
            conditions.append(owner_condition(call, target.module, "view", table.c.owner_id))
        rows = transaction.execute(sa.select(table.c.id, table.c.delete_time).where(*conditions))
        return {row.id: "DELETED_REFERENCE" if row.delete_time else "" for row in rows}

    def _known(self, transaction: Transaction, kind: str, wanted: set[uuid.UUID]) -> dict[uuid.UUID, str]:
        call = transaction.call
        contract = all_resources()[kind]
        conditions = [refs.c.org_id == call.org_id, refs.c.resource == kind, refs.c.id.in_(wanted)]
        if contract.options.owned:
            conditions.append(owner_condition(call, contract.module, "view", refs.c.owner_id))
        rows = transaction.execute(sa.select(refs.c.id, refs.c.delete_time).where(*conditions))
        return {row.id: "DELETED_REFERENCE" if row.delete_time else "" for row in rows}


def _targets(value: Any) -> list[uuid.UUID]:
    return value if isinstance(value, list) else [value]


def _in_snapshot(organization: Organization, kind: str) -> dict[uuid.UUID, str]:
    message = organization.message
    if kind == "identity.User":
        return {uuid.UUID(item.id): "DELETED_REFERENCE" if item.deleted else "" for item in message.members}
    items = message.teams if kind == "identity.Team" else message.roles
    return {uuid.UUID(item.id): "" for item in items}
