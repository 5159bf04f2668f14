"""References: what a record points to must exist, be alive, and be visible to who points.

The target's kind decides where to look: the service's own tables, the snapshot for users, teams and roles, else the
local `ref` copy. What is unknown there is asked of its owner with the caller's token, between two tries of the write:
no transaction waits for another service.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis.authz.organization import IN_SNAPSHOT, Organization
from chassis.authz.scope import owner_condition
from chassis.call import Call
from chassis.contract import resource_of
from chassis.database.connection import Database, Transaction
from chassis.database.schema import refs
from chassis.errors import InvalidArgumentError, Violation
from chassis.resources.pointing import point
from chassis.resources.refs import heirs_of, keep
from chassis.resources.resource import Draft, Resource

# (call, type, ids) → rows for `ref`, without those that the caller does not see; asks the owner.
Ask = Callable[[Call, str, Sequence[uuid.UUID]], list[dict[str, Any]]]


class UnknownReferencesError(InvalidArgumentError):
    """Records of other services that this one has not heard of; `targets` are to be asked of their owners."""

    def __init__(self, violations: list[Violation], targets: Mapping[str, set[uuid.UUID]]) -> None:
        self.targets = targets
        super().__init__(violations=violations)


@dataclass(frozen=True)
class References:
    """Checks references of one service's resources."""

    local: Mapping[str, Resource]
    ask: Ask

    def check(self, transaction: Transaction, resource: Resource, drafts: Sequence[Draft]) -> None:
        """Raise InvalidArgumentError when drafts came to point where they may not."""
        problems: list[Violation] = []
        unheard: dict[str, set[uuid.UUID]] = {}
        for name, kind in self._pointing(transaction, resource):
            pointing = [draft for draft in drafts if _value(draft.values, name) != _value(draft.before or {}, name)]
            wanted = {target for draft in pointing for target in _targets(_value(draft.values, name))}
            if not wanted:
                continue
            states = self._states(transaction, kind, wanted)
            heirs = heirs_of(transaction, kind, {key for key, state in states.items() if state})
            if heirs:  # they ended in a merge: what refers to them now means who goes on in their place
                for draft in pointing:
                    point(draft, name, heirs)
                states |= self._states(transaction, kind, set(heirs.values()))
            if kind not in self.local and kind not in IN_SNAPSHOT and wanted - states.keys():
                unheard.setdefault(kind, set()).update(wanted - states.keys())
            for draft in pointing:
                for target in _targets(_value(draft.values, name)):
                    state = states.get(target, "UNKNOWN_REFERENCE")
                    if state and not (draft.id == target and state == "UNKNOWN_REFERENCE"):
                        problems.append(Violation(name, state))
        if problems and unheard:
            raise UnknownReferencesError(problems, unheard)
        if problems:
            raise InvalidArgumentError(violations=problems)

    def _pointing(self, transaction: Transaction, resource: Resource) -> Iterator[tuple[str, str]]:
        """Fields that refer to records, with the type of those; the organization's own among them.

        What nobody but a method of the resource's own sets is that method's to check.
        """
        for name, kind in resource.references.items():
            if not resource.bindings[name].contract.output_only:
                yield name, kind
        yield from resource.line_references.items()
        for field in resource.definitions(transaction.call.organization).values():
            if field.reference:
                yield field.name, field.reference

    def learn(self, database: Database, call: Call, targets: Mapping[str, set[uuid.UUID]]) -> bool:
        """Ask the owners of records this service has not heard of, as the caller; whether any was learnt.

        Raises UnavailableError when an owner is away: that a record is unknown here does not mean it is not there.
        """
        if not call.token:
            return False
        learnt = {kind: self.ask(call, kind, sorted(wanted)) for kind, wanted in targets.items()}
        with database.write(call) as transaction:
            for kind, rows in learnt.items():
                keep(transaction, kind, rows)
        return any(learnt.values())

    def _states(self, transaction: Transaction, kind: str, wanted: set[uuid.UUID]) -> dict[uuid.UUID, str]:
        """Target → what is wrong with it, empty when nothing is; targets that cannot be seen are missing."""
        if kind in self.local:
            return self._local(transaction, self.local[kind], wanted)
        if kind in IN_SNAPSHOT:
            return _in_snapshot(transaction.call.organization, kind, wanted)
        return self._known(transaction, kind, wanted)

    def _local(self, transaction: Transaction, target: Resource, wanted: set[uuid.UUID]) -> dict[uuid.UUID, str]:
        call, table = transaction.call, target.table
        conditions = [table.c.org_id == call.org_id, *target.share(), table.c.id.in_(wanted)]
        if target.owned:
            conditions.append(target.reached(call, "view"))
        rows = transaction.execute(sa.select(table.c.id, table.c.delete_time).where(*conditions))
        return {row.id: "DELETED_REFERENCE" if row.delete_time else "" for row in rows}

    def _known(self, transaction: Transaction, kind: str, wanted: set[uuid.UUID]) -> dict[uuid.UUID, str]:
        call = transaction.call
        contract = resource_of(kind)
        conditions = [refs.c.org_id == call.org_id, refs.c.resource == kind, refs.c.id.in_(wanted)]
        if contract.options.owned:
            conditions.append(owner_condition(call, contract.module, "view", refs.c.owner_id))
        rows = transaction.execute(sa.select(refs.c.id, refs.c.delete_time).where(*conditions))
        return {row.id: "DELETED_REFERENCE" if row.delete_time else "" for row in rows}


def _value(row: Mapping[str, Any], name: str) -> Any:
    group, _, key = name.partition(".")
    held = row.get(group)
    if not key:
        return held
    if isinstance(held, list):
        return [line[key] for line in held if line.get(key)]
    return (held or {}).get(key)


def _targets(value: Any) -> list[uuid.UUID]:
    """The ids in a column, or in JSON."""
    if not value:
        return []
    return [
        item if isinstance(item, uuid.UUID) else uuid.UUID(item)
        for item in (value if isinstance(value, list) else [value])
    ]


def _in_snapshot(organization: Organization, kind: str, wanted: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    known = organization.records(kind)
    return {key: "DELETED_REFERENCE" if getattr(known[key], "deleted", False) else "" for key in wanted if key in known}
