"""One resource's records: the one place through which every reader and writer of its table goes.

The standard methods, a resource's own methods, imports, seeds and consumers read and write by `Records`; so each write
knows the same rights, rules, references, events and repetitions.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from google.protobuf.message import Message

from chassis import ids
from chassis.authz.scope import owner_condition
from chassis.call import Call
from chassis.database.connection import Database, Transaction, mapping
from chassis.errors import ConflictError, InvalidArgumentError, NotFoundError, PermissionDeniedError, Violation
from chassis.files.attached import refuse_foreign
from chassis.idempotency import once
from chassis.resources.paging import Pager
from chassis.resources.projection import Projection, conceal
from chassis.resources.query import Query
from chassis.resources.references import References, UnknownReferencesError
from chassis.resources.refs import forget_heirs
from chassis.resources.resource import Draft, Resource
from chassis.resources.store import Store
from guanxi.search.v1 import search_pb2

M = TypeVar("M", bound=Message)


class Records:
    """Reads by `query`; writes by `transact` or `change`, and within them by `write`, `remove` or `restore`."""

    def __init__(self, resource: Resource, database: Database, references: References, pager: Pager) -> None:
        self.resource = resource
        self._projection = Projection(resource)
        self._store = Store(resource, self._projection)
        self.query = Query(resource, database, pager)
        self._database = database
        self._references = references

    def shown(self, call: Call, row: Mapping[str, Any]) -> Message:
        """A row as the caller may see it."""
        return next(self.each_shown(call, [row]))

    def each_shown(self, call: Call, rows: Iterable[Mapping[str, Any]]) -> Iterator[Message]:
        """Rows as the caller may see them."""
        hidden, definitions = call.access.hidden(self.resource.module), self.resource.definitions(call.organization)
        return (self._projection.message(row, hidden, definitions) for row in rows)

    # writes

    def transact(self, call: Call, request: Any, answer: type[M], effect: Callable[[Transaction], M]) -> M:
        """Run `effect` in one transaction, once for each request id; hidden fields leave its answer, in whichever records they are.

        Where it refers to records of other services that this one has not heard of, their owners are asked between
        two tries, so that no transaction waits for another service.
        """
        try:
            made = self._once(call, request, answer, effect)
        except UnknownReferencesError as error:
            if not self._references.learn(self._database, call, error.targets):
                raise
            made = self._once(call, request, answer, effect)
        conceal(made, call.access)
        return made

    def _once(self, call: Call, request: Any, answer: type[M], effect: Callable[[Transaction], M]) -> M:
        with self._database.write(call) as transaction:
            return once(transaction, request, answer, lambda: effect(transaction))

    def change(
        self,
        call: Call,
        request: Any,
        wanted: str,
        effect: Callable[[Transaction, Mapping[str, Any]], Draft],
        operation: str = "edit",
        *,
        deleted: bool = False,
    ) -> Message:
        """A method on one record, standard or of the resource's own: lock it in the caller's scope, then `effect`.

        `effect` makes a draft of the row and gives it to `write`, `remove` or `restore`; the record after it is the
        answer. A request with an etag is refused where the record has another. What must happen outside of the
        database is not done here: `chassis.timers.schedule` it.
        """
        chosen = record_id(wanted)

        def locked(transaction: Transaction) -> Message:
            before = self.lock(transaction, [chosen], operation, deleted=deleted).get(chosen)
            if before is None:
                raise NotFoundError
            etag = getattr(request, "etag", "")
            if etag and etag != str(before["version"]):
                raise ConflictError(etag=str(before["version"]))
            return self.shown(call, effect(transaction, before).values)

        return self.transact(call, request, self.resource.kind, locked)

    def lock(
        self, transaction: Transaction, wanted: Iterable[uuid.UUID], operation: str | None, *, deleted: bool = False
    ) -> dict[uuid.UUID, Mapping[str, Any]]:
        """Rows by id, locked until the transaction ends; those that the operation does not reach are missing.

        Without an operation the caller's scope does not count: only for who asks about it otherwise.
        """
        conditions = self.query.conditions(transaction.call, operation, deleted=deleted)
        return self._store.lock(transaction, [*conditions, self.resource.table.c.id.in_(wanted)])

    def write(
        self, transaction: Transaction, drafts: Sequence[Draft], verb: str = "updated", *, keeps_owner: bool = False
    ) -> list[Draft]:
        """Create and update rows: rights to assign, the resource's rules, references, rows, events.

        `verb` is what events call the change of a row that was there. Returns what was written: what would not change needs no rules and is left alone.
        `keeps_owner`: new rows are the owner's of a record that they follow from, which needs no right to assign.
        """
        touched = [draft for draft in drafts if draft.is_new or self._store.differs(draft)]
        if not keeps_owner:
            self._refuse_assigning(transaction.call, touched)
        self.resource.hooks.prepare(transaction, touched)
        self._references.check(transaction, self.resource, touched)
        refuse_foreign(transaction, self.resource, touched)
        new = [draft for draft in touched if draft.is_new]
        self._store.insert(transaction, new)
        return [*new, *self._store.update(transaction, [draft for draft in touched if not draft.is_new], verb)]

    def move(self, transaction: Transaction, drafts: Sequence[Draft], verb: str) -> list[Draft]:
        """Write what follows from a merge: nobody edits these rows, so that no right and no rule of editing counts."""
        self.resource.hooks.moving(transaction, drafts)
        return self._store.update(transaction, drafts, verb)

    def remove(self, transaction: Transaction, drafts: Sequence[Draft], verb: str = "deleted") -> None:
        """Mark rows deleted, unless the resource's rules forbid it."""
        self.resource.hooks.deleting(transaction, drafts)
        for draft in drafts:
            draft.values["delete_time"] = datetime.now(UTC)
        self._store.update(transaction, drafts, verb)

    def restore(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        """Bring rows back. What they refer to may have been deleted since, as it may while they live."""
        for draft in drafts:
            draft.values["delete_time"] = None
        forget_heirs(transaction, self.resource.type, [draft.id for draft in drafts])
        self.resource.hooks.prepare(transaction, drafts)
        self._store.update(transaction, drafts, "undeleted")

    def _refuse_assigning(self, call: Call, drafts: Sequence[Draft]) -> None:
        if not self.resource.owned or call.access.scope(self.resource.module, "assign") is not None:
            return
        for draft in drafts:
            if draft.changed("owner_id") and draft.values.get("owner_id") != call.principal.user_id:
                raise PermissionDeniedError("ASSIGN_DENIED", violations=[Violation("owner_id", "ASSIGN_DENIED")])

    # what the change feed and the search ask

    def visible(self, call: Call, record_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Message]:
        """The records among these that the caller sees now."""
        if not record_ids:
            return {}
        table = self.resource.table
        conditions = [*self.query.conditions(call, "view", deleted=False), table.c.id.in_(record_ids)]
        rows = self._database.read(call, sa.select(*self.resource.columns).where(*conditions))
        return {row.id: self.shown(call, mapping(row)) for row in rows}

    def was_visible(self, call: Call, packed: Any) -> bool:
        """Whether the caller saw a record as it was then, as far as its owner tells."""
        if not self.resource.owned or call.access.scope(self.resource.module, "view") == "all":
            return True
        message = self.resource.kind()
        if not packed.Unpack(message):
            return False
        shared = [ids.parse(user) for name in self.resource.shared_with for user in getattr(message, name)]
        owners = {ids.parse(message.owner_id), *shared} - {None}  # type: ignore[attr-defined]
        if not owners or call.principal.user_id in owners:
            return bool(owners)
        owner = sa.values(sa.column("id", sa.Uuid), name="owners").data([(user,) for user in owners])
        condition = owner_condition(call, self.resource.module, "view", owner.c.id)
        return bool(self._database.read(call, sa.select(owner.c.id).where(condition).limit(1)))

    def hits(self, call: Call, words: str, limit: int) -> list[search_pb2.Hit]:
        """Search hits: each record's title, and the other searched fields as the second line."""
        hidden = call.access.hidden(self.resource.module)
        title = self.resource.contract.options.title
        detailed = [name for name in self.resource.searched if name != title and name not in hidden]
        return [
            search_pb2.Hit(
                module=self.resource.module,
                id=str(row["id"]),
                title="" if title in hidden else self.resource.title(row),
                detail=" · ".join(
                    text[:80] for name in detailed for text in map(str, self.resource.bindings[name].texts(row))
                ),
            )
            for row in self.query.search(call, words, limit)
        ]


def record_id(value: str, field: str = "id") -> uuid.UUID:
    """The id in a request. Raises InvalidArgumentError."""
    found = ids.parse(value)
    if found is None:
        raise InvalidArgumentError.of(field, "INVALID_ID" if value else "REQUIRED")
    return found
