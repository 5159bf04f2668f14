"""The standard methods of one resource (AIP-131 to AIP-135, AIP-164, AIP-231), as handlers of requests."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from google.protobuf.message import Message

from chassis import ids
from chassis.authz.scope import owner_condition
from chassis.authz.snapshots import ControlPlane, Organization
from chassis.call import Call
from chassis.contract import snake
from chassis.database.connection import Database, Transaction, mapping
from chassis.database.schema import external_ids
from chassis.errors import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionError,
    Violation,
)
from chassis.idempotency import once
from chassis.resources.drafting import changed_draft, mask_paths, new_draft, populated, refuse_denied, shown
from chassis.resources.paging import Pager
from chassis.resources.projection import clear
from chassis.resources.query import ListQuery, Query
from chassis.resources.references import References
from chassis.resources.resource import Draft, Resource
from chassis.resources.store import Store
from guanxi.search.v1 import search_pb2

MOST_BATCH = 500
# What a request may know already and this service not yet.
_MAY_BE_NEW = frozenset({"UNKNOWN_FIELD", "FILTER_UNKNOWN_FIELD", "UNKNOWN_REFERENCE", "UNKNOWN_CHOICE"})


class StandardMethods:
    """Handlers by RPC name; each takes the call and the request, and returns the answer."""

    def __init__(
        self, resource: Resource, database: Database, control_plane: ControlPlane, references: References, pager: Pager
    ) -> None:
        self.resource = resource
        self.store = Store(resource)
        self.query = Query(resource, database, pager)
        self._database = database
        self._control_plane = control_plane
        self._references = references
        descriptor = resource.contract.descriptor
        self._name = snake(descriptor.name)
        self._collection = resource.module
        messages = resource.contract.descriptor.file.message_types_by_name
        self._answers = {name: _class(item) for name, item in messages.items()}
        plural = "".join(part.capitalize() for part in resource.module.split("_"))
        handlers = {
            f"Get{descriptor.name}": self.get,
            f"List{plural}": self.list_records,
            f"Create{descriptor.name}": self.create,
            f"Update{descriptor.name}": self.update,
            f"Delete{descriptor.name}": self.delete,
            f"Undelete{descriptor.name}": self.undelete,
            f"BatchGet{plural}": self.batch_get,
            f"BatchUpsert{plural}": self.batch_upsert,
        }
        self.handlers = {name: self._level(handler) for name, handler in handlers.items()}
        self._list_answer = self._answers[f"List{plural}Response"]
        self._upsert_answer = self._answers.get(f"BatchUpsert{plural}Response")

    # reads

    def get(self, call: Call, request: Any) -> Message:
        """One record."""
        row = self.query.get(call, record_id(request.id), deleted=request.show_deleted)
        return self._message(call, mapping(row))

    def batch_get(self, call: Call, request: Any) -> Message:
        """Several records, in the order of their ids."""
        if len(request.ids) > MOST_BATCH:
            raise InvalidArgumentError.of("ids", "TOO_MANY", maximum=MOST_BATCH)
        wanted = [record_id(value, "ids") for value in request.ids]
        rows = self.query.batch(call, wanted, deleted=request.show_deleted)
        return self._listed(call, rows)

    def list_records(self, call: Call, request: Any) -> Message:
        """A page of records."""
        query = ListQuery(
            request.filter,
            request.order_by,
            request.page_size,
            request.page_token,
            request.show_deleted,
            request.skip_total,
        )
        page = self.query.page(call, self._organization(call), query)
        answer = self._listed(call, page.rows)
        answer.next_page_token = page.next_page_token  # type: ignore[attr-defined]
        answer.total_size = page.total  # type: ignore[attr-defined]
        return answer

    # writes

    def create(self, call: Call, request: Any) -> Message:
        """A new record."""
        organization = self._organization(call)
        draft = new_draft(call, self.resource, getattr(request, self._name), self.store.definitions(organization))
        self._may_assign(call, [draft])
        with self._database.write(call) as transaction:

            def effect() -> Message:
                self.prepare(transaction, organization, [draft])
                self.store.insert(transaction, organization, [draft])
                return self._message(call, draft.values)

            answer = once(transaction, request, self.resource.kind, effect)
        return clear(answer, call.access.hidden(self.resource.module))

    def update(self, call: Call, request: Any) -> Message:
        """Change fields of a record."""
        message = getattr(request, self._name)
        wanted = record_id(message.id)
        paths = mask_paths(self.resource, message, request.update_mask.paths)
        organization = self._organization(call)
        with self._database.write(call) as transaction:

            def effect() -> Message:
                before = self._locked(transaction, wanted, "edit")
                refuse_denied(call, self.resource, paths)
                self._current(call, before, message, paths, merge=request.merge_fields)
                draft = changed_draft(call, self.resource, before, message, paths, self.store.definitions(organization))
                self._may_assign(call, [draft])
                self.prepare(transaction, organization, [draft])
                self.store.update(transaction, organization, [draft])
                return self._message(call, draft.values)

            answer = once(transaction, request, self.resource.kind, effect)
        return clear(answer, call.access.hidden(self.resource.module))

    def delete(self, call: Call, request: Any) -> Message:
        """Mark a record deleted."""
        return self._mark(call, request, deleted=True)

    def undelete(self, call: Call, request: Any) -> Message:
        """Bring a deleted record back."""
        return self._mark(call, request, deleted=False)

    def _mark(self, call: Call, request: Any, *, deleted: bool) -> Message:
        wanted = record_id(request.id)
        organization = self._organization(call)
        with self._database.write(call) as transaction:

            def effect() -> Message:
                before = self._locked(transaction, wanted, "delete", deleted=True)
                if deleted and before["delete_time"] is not None:
                    raise NotFoundError
                if not deleted and before["delete_time"] is None:
                    raise PreconditionError("NOT_DELETED")
                if request.etag and request.etag != str(before["version"]):
                    raise ConflictError(etag=str(before["version"]))
                draft = Draft(wanted, dict(before), before)
                if deleted:
                    self.resource.hooks.deleting(transaction, [draft])
                self.store.mark_deleted(transaction, organization, [draft], deleted)
                return self._message(call, draft.values)

            answer = once(transaction, request, self.resource.kind, effect)
        return clear(answer, call.access.hidden(self.resource.module))

    def batch_upsert(self, call: Call, request: Any) -> Message:
        """Create or update up to 500 records at once."""
        messages = list(getattr(request, self._collection))
        if len(messages) > MOST_BATCH:
            raise InvalidArgumentError.of(self._collection, "TOO_MANY", maximum=MOST_BATCH)
        organization = self._organization(call)
        assert self._upsert_answer is not None
        with self._database.write(call) as transaction:
            answer = once(
                transaction,
                request,
                self._upsert_answer,
                lambda: self._upsert(transaction, organization, messages, request.match_system),
            )
        for message in getattr(answer, self._collection):
            clear(message, call.access.hidden(self.resource.module))
        return answer

    def _upsert(
        self, transaction: Transaction, organization: Organization, messages: Sequence[Any], system: str
    ) -> Message:
        call = transaction.call
        found = self._existing(transaction, messages, system)
        definitions = self.store.definitions(organization)
        creates: list[Draft] = []
        updates: list[Draft] = []
        ordered: list[Draft] = []
        problems: list[Violation] = []
        for number, (message, before) in enumerate(zip(messages, found, strict=True)):
            try:
                if before is None:
                    draft = new_draft(call, self.resource, message, definitions)
                    creates.append(draft)
                else:
                    paths = populated(self.resource, message)
                    draft = changed_draft(call, self.resource, before, message, paths, definitions)
                    updates.append(draft)
                ordered.append(draft)
            except InvalidArgumentError as error:
                problems += [
                    Violation(f"{self._collection}[{number}].{item.field}", item.reason, item.values)
                    for item in error.violations
                ]
        if problems:
            raise InvalidArgumentError(violations=problems)
        self._may_assign(call, ordered)
        self.prepare(transaction, organization, ordered)
        self.store.insert(transaction, organization, creates)
        changed = self.store.update(transaction, organization, updates)
        answer = self._upsert_answer() if self._upsert_answer else None
        assert answer is not None
        getattr(answer, self._collection).extend(self._message(call, draft.values) for draft in ordered)
        answer.created, answer.updated = len(creates), len(changed)  # type: ignore[attr-defined]
        answer.unchanged = len(updates) - len(changed)  # type: ignore[attr-defined]
        return answer

    def _existing(
        self, transaction: Transaction, messages: Sequence[Any], system: str
    ) -> list[Mapping[str, Any] | None]:
        """For each message the locked row it names by id or external id; None when there is none."""
        table, call = self.resource.table, transaction.call
        wanted: list[uuid.UUID | str | None] = []
        for message in messages:
            if message.id:
                wanted.append(record_id(message.id))
            else:
                wanted.append(message.external_ids.get(system) if system else None)
        outer = {key for key in wanted if isinstance(key, str)}
        by_outer: dict[str, uuid.UUID] = {}
        if outer:
            rows = transaction.execute(
                sa.select(external_ids.c.external_id, external_ids.c.record_id).where(
                    external_ids.c.org_id == call.org_id,
                    external_ids.c.module == self.resource.module,
                    external_ids.c.system == system,
                    external_ids.c.external_id.in_(outer),
                )
            )
            by_outer = {row.external_id: row.record_id for row in rows}
        keys = [by_outer.get(key) if isinstance(key, str) else key for key in wanted]
        present = {key for key in keys if key is not None}
        if not present:
            return [None] * len(messages)
        locked = self.store.lock(transaction, [table.c.org_id == call.org_id, table.c.id.in_(present)])
        editable = self.query.conditions(call, "edit", deleted=False)
        allowed = set(transaction.execute(sa.select(table.c.id).where(*editable, table.c.id.in_(present))).scalars())
        if locked.keys() - allowed:
            raise NotFoundError
        return [locked.get(key) if key is not None else None for key in keys]

    # what the change feed and the search ask

    def visible(self, call: Call, record_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Message]:
        """The records among these that the caller sees now."""
        if not record_ids:
            return {}
        table = self.resource.table
        conditions = [*self.query.conditions(call, "view", deleted=False), table.c.id.in_(record_ids)]
        rows = self._database.read(call, sa.select(*self.resource.columns).where(*conditions))
        return {row.id: self._message(call, mapping(row)) for row in rows}

    def was_visible(self, call: Call, packed: Any) -> bool:
        """Whether the caller saw a record as it was then, as far as its owner tells."""
        if not self.resource.owned or call.access.scope(self.resource.module, "view") == "all":
            return True
        message = self.resource.kind()
        if not packed.Unpack(message):
            return False
        owner = ids.parse(message.owner_id)  # type: ignore[attr-defined]
        if owner is None or owner == call.principal.user_id:
            return owner is not None
        condition = owner_condition(call, self.resource.module, "view", sa.literal(owner, sa.Uuid))
        return bool(self._database.read(call, sa.select(sa.literal(1)).where(condition)))

    def hits(self, call: Call, words: str, limit: int) -> list[search_pb2.Hit]:
        """Search hits: each record's title, and the other searched fields as the second line."""
        hidden = call.access.hidden(self.resource.module)
        title = self.resource.contract.options.title
        detailed = [name for name in self.resource.searched if name != title and name not in hidden]
        return [
            search_pb2.Hit(
                module=self.resource.module,
                id=str(row.id),
                title=self.resource.title(mapping(row)),
                detail=" · ".join(str(mapping(row)[name])[:80] for name in detailed if mapping(row)[name]),
            )
            for row in self.query.search(call, words, limit)
        ]

    # shared

    def _level(self, handler: Callable[[Call, Any], Message]) -> Callable[[Call, Any], Message]:
        """Try once more with the newest snapshot when a request names a definition or member unknown to this one."""

        def handle(call: Call, request: Any) -> Message:
            try:
                return handler(call, request)
            except InvalidArgumentError as error:
                if not any(violation.reason in _MAY_BE_NEW for violation in error.violations):
                    raise
                known = self._organization(call).version
                self._control_plane.forget(call.org_id)
                if self._organization(call).version == known:
                    raise
                return handler(call, request)

        return handle

    def prepare(self, transaction: Transaction, organization: Organization, drafts: Sequence[Draft]) -> None:
        """Hooks and references of rows about to be written. Raises InvalidArgumentError."""
        self.resource.hooks.prepare(transaction, drafts)
        problems = self._references.check(transaction, organization, self.resource, drafts)
        if problems:
            raise InvalidArgumentError(violations=[violation for _, violation in problems])

    def _may_assign(self, call: Call, drafts: Sequence[Draft]) -> None:
        if not self.resource.owned or call.access.scope(self.resource.module, "assign") is not None:
            return
        for draft in drafts:
            if draft.changed("owner_id") and draft.values.get("owner_id") != call.principal.user_id:
                raise PermissionDeniedError("ASSIGN_DENIED")

    def _locked(
        self, transaction: Transaction, wanted: uuid.UUID, operation: str, *, deleted: bool = False
    ) -> Mapping[str, Any]:
        conditions = self.query.conditions(transaction.call, operation, deleted=deleted)
        rows = self.store.lock(transaction, [*conditions, self.resource.table.c.id == wanted])
        if not rows:
            raise NotFoundError
        return rows[wanted]

    def _current(
        self, call: Call, before: Mapping[str, Any], message: Any, paths: Sequence[str], *, merge: bool
    ) -> None:
        """Refuse an update of a version that is not the newest, unless it touches what nobody changed since."""
        if not message.etag:
            raise InvalidArgumentError.of("etag", "ETAG_REQUIRED")
        if message.etag == str(before["version"]):
            return
        known = int(message.etag[:18]) if message.etag.isascii() and message.etag.isdigit() else 0
        versions: Mapping[str, int] = before["field_versions"]
        clashing = [path for path in paths if versions.get(path, 1) > known]
        if merge and known and not clashing:
            return
        hidden = call.access.hidden(self.resource.module)
        theirs: dict[str, Any] = {f"theirs.{path}": shown(before, path, hidden) for path in clashing[:20]}
        raise ConflictError(etag=str(before["version"]), fields=",".join(clashing[:20]), **theirs)

    def _organization(self, call: Call) -> Organization:
        return self._control_plane.organization(call.org_id, version=call.access.version)

    def _listed(self, call: Call, rows: Sequence[sa.Row[Any]]) -> Message:
        answer = self._list_answer()
        definitions = self.store.definitions(self._organization(call))
        hidden = call.access.hidden(self.resource.module)
        message = self.store.projection.message
        getattr(answer, self._collection).extend(message(mapping(row), hidden, definitions) for row in rows)
        return answer

    def _message(self, call: Call, row: Mapping[str, Any]) -> Message:
        definitions = self.store.definitions(self._organization(call)) if self.resource.has_custom else None
        return self.store.projection.message(row, call.access.hidden(self.resource.module), definitions)


def record_id(value: str, field: str = "id") -> uuid.UUID:
    """The id in a request. Raises InvalidArgumentError."""
    found = ids.parse(value)
    if found is None:
        raise InvalidArgumentError.of(field, "INVALID_ID" if value else "REQUIRED")
    return found


def _class(descriptor: Any) -> type[Message]:
    from google.protobuf import message_factory

    return message_factory.GetMessageClass(descriptor)
