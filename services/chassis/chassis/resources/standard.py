"""The standard methods of one resource (AIP-131 to AIP-135, AIP-164, AIP-231), as handlers of requests."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from google.protobuf import message_factory
from google.protobuf.message import Message

from chassis.call import Call
from chassis.contract import snake
from chassis.database.connection import Transaction
from chassis.database.schema import external_ids
from chassis.errors import (
    AlreadyExistsError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    PreconditionError,
    Violation,
)
from chassis.resources.drafting import as_json, changed_draft, mask_paths, new_draft, populated, refuse_denied
from chassis.resources.query import ListQuery
from chassis.resources.records import Records, record_id
from chassis.resources.resource import Draft

if TYPE_CHECKING:
    from chassis.modules import Modules

MOST_BATCH = 500
Handler = Callable[[Call, Any], Message]


class StandardMethods:
    """Handlers by RPC name; each takes the call and the request, and returns the answer."""

    def __init__(self, records: Records) -> None:
        self.resource = resource = records.resource
        self._records = records
        descriptor = resource.contract.descriptor
        self._name = snake(descriptor.name)
        self._collection, plural = resource.contract.collection, resource.contract.plural_name
        self.handlers: dict[str, Handler] = {
            f"Get{descriptor.name}": self.get,
            f"List{plural}": self.list_records,
            f"Create{descriptor.name}": self.create,
            f"Update{descriptor.name}": self.update,
            f"Delete{descriptor.name}": self.delete,
            f"Undelete{descriptor.name}": self.undelete,
            f"BatchGet{plural}": self.batch_get,
            f"BatchUpsert{plural}": self.batch_upsert,
        }
        messages = descriptor.file.message_types_by_name
        answers = {name: message_factory.GetMessageClass(item) for name, item in messages.items()}
        self._list_answer = answers[f"List{plural}Response"]
        self._upsert_answer = answers.get(f"BatchUpsert{plural}Response", Message)

    # reads

    def get(self, call: Call, request: Any) -> Message:
        """One record."""
        return self._records.shown(
            call, self._records.query.get(call, record_id(request.id), deleted=request.show_deleted)
        )

    def batch_get(self, call: Call, request: Any) -> Message:
        """Several records, in the order of their ids."""
        if len(request.ids) > MOST_BATCH:
            raise InvalidArgumentError.of("ids", "TOO_MANY", maximum=MOST_BATCH)
        wanted = [record_id(value, "ids") for value in request.ids]
        rows = self._records.query.batch(call, wanted, deleted=request.show_deleted, skip_missing=request.skip_missing)
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
        page = self._records.query.page(call, query)
        answer: Any = self._listed(call, page.rows)
        answer.next_page_token = page.next_page_token
        answer.total_size = page.total
        return answer  # type: ignore[no-any-return]

    def _listed(self, call: Call, rows: Sequence[Mapping[str, Any]]) -> Message:
        answer = self._list_answer()
        getattr(answer, self._collection).extend(self._records.each_shown(call, rows))
        return answer

    # writes

    def create(self, call: Call, request: Any) -> Message:
        """A new record."""

        def effect(transaction: Transaction) -> Message:
            draft = new_draft(call, self.resource, getattr(request, self._name))
            self._records.write(transaction, [draft])
            return self._records.shown(call, draft.values)

        return self._records.transact(call, request, self.resource.kind, effect)

    def update(self, call: Call, request: Any) -> Message:
        """Change fields of a record."""
        message = getattr(request, self._name)
        paths = mask_paths(self.resource, message, request.update_mask.paths)

        def effect(transaction: Transaction, before: Mapping[str, Any]) -> Draft:
            refuse_denied(call, self.resource, paths)
            self._refuse_stale(call, before, message, paths, merge=request.merge_fields)
            draft = changed_draft(call, self.resource, before, message, paths)
            self._records.write(transaction, [draft])
            return draft

        return self._records.change(call, request, message.id, effect)

    def delete(self, call: Call, request: Any) -> Message:
        """Mark a record deleted."""

        def effect(transaction: Transaction, before: Mapping[str, Any]) -> Draft:
            draft = Draft.of(before)
            self._records.remove(transaction, [draft])
            return draft

        return self._records.change(call, request, request.id, effect, "delete")

    def undelete(self, call: Call, request: Any) -> Message:
        """Bring a deleted record back."""

        def effect(transaction: Transaction, before: Mapping[str, Any]) -> Draft:
            if before["delete_time"] is None:
                raise PreconditionError("NOT_DELETED")
            draft = Draft.of(before)
            self._records.restore(transaction, [draft])
            return draft

        return self._records.change(call, request, request.id, effect, "delete", deleted=True)

    def batch_upsert(self, call: Call, request: Any) -> Message:
        """Create or update up to 500 records at once."""
        messages = list(getattr(request, self._collection))
        if len(messages) > MOST_BATCH:
            raise InvalidArgumentError.of(self._collection, "TOO_MANY", maximum=MOST_BATCH)

        def effect(transaction: Transaction) -> Message:
            return self._upsert(transaction, messages, request.match_system)

        return self._records.transact(call, request, self._upsert_answer, effect)

    def _upsert(self, transaction: Transaction, messages: Sequence[Any], system: str) -> Message:
        call = transaction.call
        found, taken = self._existing(transaction, messages, system)
        drafts: list[Draft] = []
        problems: list[Violation] = []
        for number, (message, before) in enumerate(zip(messages, found, strict=True)):
            try:
                if before is None:
                    drafts.append(new_draft(call, self.resource, message))
                else:
                    paths = populated(self.resource, message)
                    drafts.append(changed_draft(call, self.resource, before, message, paths))
            except InvalidArgumentError as error:
                problems += [
                    Violation(f"{self._collection}[{number}].{item.field}", item.reason, item.values)
                    for item in error.violations
                ]
        if problems:
            raise InvalidArgumentError(violations=problems)
        if taken:
            raise AlreadyExistsError(violations=taken)
        written = self._records.write(transaction, drafts)
        answer: Any = self._upsert_answer()
        getattr(answer, self._collection).extend(self._records.each_shown(call, (draft.values for draft in drafts)))
        answer.created = sum(draft.is_new for draft in drafts)
        answer.updated = len(written) - answer.created
        answer.unchanged = len(drafts) - len(written)
        return answer  # type: ignore[no-any-return]

    def _refuse_stale(
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
        theirs: dict[str, Any] = {f"theirs.{path}": as_json(before, path, hidden) for path in clashing[:20]}
        raise ConflictError(etag=str(before["version"]), fields=",".join(clashing[:20]), **theirs)

    def _existing(
        self, transaction: Transaction, messages: Sequence[Any], system: str
    ) -> tuple[list[Mapping[str, Any] | None], list[Violation]]:
        """For each message the locked row it names by id or external id, or None; and which names are taken.

        A row that the caller may not edit is none of theirs: its name answers as it would in a Create.
        """
        table, call = self.resource.table, transaction.call
        chosen = [record_id(message.id) if message.id else None for message in messages]
        names = ["" if message.id else message.external_ids.get(system, "") for message in messages]
        by_name = self._by_external_id(transaction, system, set(names))
        keys = [key or by_name.get(name) for key, name in zip(chosen, names, strict=True)]
        wanted = {key for key in keys if key is not None}
        if not wanted:
            return [None] * len(messages), []
        locked: dict[uuid.UUID, Mapping[str, Any]] = {}
        if call.access.scope(self.resource.module, "edit") is not None:
            locked = dict(self._records.lock(transaction, wanted, "edit"))
        others = set(by_name.values()) - locked.keys()
        if unseen := wanted - locked.keys() - others:
            there = sa.select(table.c.id).where(table.c.org_id == call.org_id, table.c.id.in_(unseen))
            others |= set(transaction.execute(there).scalars())
        taken = [
            Violation(f"{self._collection}[{number}].{field}", reason)
            for number, key in enumerate(keys)
            if key in others
            for field, reason in [("id", "ID_TAKEN") if chosen[number] else ("external_ids", "TAKEN")]
        ]
        return [locked.get(key) if key is not None else None for key in keys], taken

    def _by_external_id(self, transaction: Transaction, system: str, names: set[str]) -> dict[str, uuid.UUID]:
        """Ids of the records that have these external ids."""
        if not system or not names - {""}:
            return {}
        rows = transaction.execute(
            sa.select(external_ids.c.external_id, external_ids.c.record_id).where(
                external_ids.c.org_id == transaction.call.org_id,
                external_ids.c.module == self.resource.module,
                external_ids.c.system == system,
                external_ids.c.external_id.in_(names),
            )
        )
        return {row.external_id: row.record_id for row in rows}


class OwnModuleMethods:
    """The same for all modules that organizations make: a request says which is meant."""

    def __init__(self, modules: "Modules") -> None:
        self._modules = modules
        assert modules.shared is not None
        self.handlers: dict[str, Handler] = {
            name: partial(self._answer, name) for name in StandardMethods(modules.shared).handlers
        }
        self._methods = lru_cache(MOST_BATCH)(lambda module: StandardMethods(modules[module]))

    def _answer(self, name: str, call: Call, request: Any) -> Message:
        if request.module not in call.organization.modules:
            raise NotFoundError
        return self._methods(request.module).handlers[name](call, request)
