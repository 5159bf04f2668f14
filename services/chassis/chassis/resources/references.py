"""References: what a record points to must exist, be alive, and be visible to who points.

The target's kind decides where to look: the service's own tables, the snapshot for users, teams and roles, else the
local `ref` copy. What is unknown there is asked of its owner with the caller's token, between two tries of the write:
no transaction waits for another service.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from chassis.authz.organization import IN_SNAPSHOT, Organization
from chassis.authz.scope import owner_condition
from chassis.call import Call
from chassis.contract import find_resource, resource_of
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
        for name, kind, linking in self._pointing(transaction, resource):
            pointing = [draft for draft in drafts if _added(draft, name)]
            wanted = {target for draft in pointing for target in _added(draft, name)}
            if not wanted:
                continue
            judge = partial(self._judged, transaction, name, kind, linking=linking)
            states = judge(wanted)
            heirs = heirs_of(transaction, kind, {key for key, state in states.items() if state})
            if heirs:  # they ended in a merge: what refers to them now means who goes on in their place
                for draft in pointing:
                    point(draft, name, heirs)
                states |= judge(set(heirs.values()))
            if kind not in self.local and kind not in IN_SNAPSHOT and wanted - states.keys():
                unheard.setdefault(kind, set()).update(wanted - states.keys())
            for draft in pointing:
                for target in _added(draft, name):
                    state = states.get(target, "UNKNOWN_REFERENCE")
                    if state and not (draft.id == target and state == "UNKNOWN_REFERENCE"):
                        problems.append(Violation(name, state))
        if problems and unheard:
            raise UnknownReferencesError(problems, unheard)
        if problems:
            raise InvalidArgumentError(violations=problems)

    def _pointing(self, transaction: Transaction, resource: Resource) -> Iterator[tuple[str, str, bool]]:
        """Fields that refer to records, with the type of those, and whether it is a link that is as much the other side's;
        the organization's own among them.

        What nobody but a method of the resource's own sets is that method's to check.
        """
        for name, kind in resource.references.items():
            if not resource.bindings[name].contract.output_only:
                yield name, kind, False
        for name, kind in resource.line_references.items():
            yield name, kind, False
        for field in resource.definitions(transaction.call.organization).values():
            if field.reference:
                yield field.name, field.reference, field.kind == "references"

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

    def _states(
        self,
        transaction: Transaction,
        kind: str,
        wanted: set[uuid.UUID],
        operation: str = "view",
        *,
        named_by_us: bool = True,
    ) -> dict[uuid.UUID, str]:
        """Target → what is wrong with it, empty when nothing is; targets that the operation does not reach are missing.

        `named_by_us`: a field of the contract, which may name users and teams to who views none of them.
        """
        call, contract = transaction.call, find_resource(kind)
        if contract is None or (not named_by_us and call.access.scope(contract.module, operation) is None):
            return {}
        if kind in self.local:
            return self._local(transaction, self.local[kind], wanted, operation)
        if kind in IN_SNAPSHOT:
            return _in_snapshot(call.organization, kind, wanted)
        return self._known(transaction, kind, wanted, operation)

    def _judged(
        self, transaction: Transaction, name: str, kind: str, wanted: set[uuid.UUID], *, linking: bool
    ) -> dict[uuid.UUID, str]:
        """The same for a field; of a link, targets that the caller may not edit, too. People are linked by who sees them."""
        states = self._states(transaction, kind, wanted, named_by_us=not name.startswith("custom."))
        seen = {target for target, state in states.items() if not state}
        if linking and seen and kind not in IN_SNAPSHOT:
            edited = self._states(transaction, kind, seen, "edit", named_by_us=False)
            states.update(dict.fromkeys(seen - edited.keys(), "LINK_DENIED"))
        return states

    def _local(
        self, transaction: Transaction, target: Resource, wanted: set[uuid.UUID], operation: str
    ) -> dict[uuid.UUID, str]:
        call, table = transaction.call, target.table
        conditions = [table.c.org_id == call.org_id, *target.share(), table.c.id.in_(wanted)]
        if target.owned:
            conditions.append(target.reached(call, operation))
        rows = transaction.execute(sa.select(table.c.id, table.c.delete_time).where(*conditions))
        return {row.id: "DELETED_REFERENCE" if row.delete_time else "" for row in rows}

    def _known(
        self, transaction: Transaction, kind: str, wanted: set[uuid.UUID], operation: str
    ) -> dict[uuid.UUID, str]:
        call = transaction.call
        contract = resource_of(kind)
        conditions = [refs.c.org_id == call.org_id, refs.c.resource == kind, refs.c.id.in_(wanted)]
        if contract.options.owned:
            conditions.append(owner_condition(call, contract.module, operation, refs.c.owner_id))
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


def _added(draft: Draft, name: str) -> list[uuid.UUID]:
    """What a draft came to point to; what it pointed to before it may go on pointing to."""
    value, before = _value(draft.values, name), _value(draft.before or {}, name)
    if value == before:
        return []
    known = set(_targets(before))
    return [target for target in _targets(value) if target not in known]


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
